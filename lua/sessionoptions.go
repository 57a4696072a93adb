package lua

import (
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/option"
	"lcgi/session"
)

// readStartOptions reads the options of session.start.
func readStartOptions(L *glua.LState, options *glua.LTable, opt *startOptions) {
	option.ReadTable(L, 1, options, opt, "", []option.Reader[startOptions]{
		{Name: "name", Read: func(opt *startOptions, v option.Value) { opt.Name = v.String() }},
		{Name: "id", Read: func(opt *startOptions, v option.Value) { opt.ID = v.String() }},
		{Name: "lifetime", Read: func(opt *startOptions, v option.Value) { opt.Lifetime = lifetimeOption(v) }},
		{Name: "maxLifetime", Read: func(opt *startOptions, v option.Value) { opt.MaxLifetime = lifetimeOption(v) }},
		{Name: "savePath", Read: func(opt *startOptions, v option.Value) { opt.savePath = runOf(v.L).savePath(v.String()) }},
		{Name: "readonly", Read: func(opt *startOptions, v option.Value) { opt.ReadOnly = v.Bool() }},
		{Name: "track", Read: trackOption},
		{Name: "parameter", Read: parameterOption},
		{Name: "absoluteLinks", Read: func(opt *startOptions, v option.Value) { opt.tracking.relative = !v.Bool() }},
		{Name: "rotate", Read: func(opt *startOptions, v option.Value) { opt.Rotate = v.Bool() }},
		{Name: "keepId", Read: func(opt *startOptions, v option.Value) { opt.KeepID = v.Bool() }},
		{Name: "wait", Read: waitOption},
		{Name: "cookie", Read: func(opt *startOptions, v option.Value) {
			opt.cookieOptions = v.Table()
			readSessionCookie(L, opt.cookieOptions, &opt.cookie)
		}},
	})
}

// readSessionCookie reads what the option cookie says. Other than for
// response.cookie the life of the cookie is called lifetime, in seconds.
func readSessionCookie(L *glua.LState, options *glua.LTable, cookie *cgi.Cookie) {
	option.ReadTable(L, 1, options, cookie, "cookie.", []option.Reader[cgi.Cookie]{
		{Name: "name", Read: func(c *cgi.Cookie, v option.Value) { c.Name = v.String() }},
		{Name: "path", Read: func(c *cgi.Cookie, v option.Value) { c.Path = v.String() }},
		{Name: "domain", Read: func(c *cgi.Cookie, v option.Value) { c.Domain = v.String() }},
		{Name: "secure", Read: func(c *cgi.Cookie, v option.Value) { c.Secure = v.Bool() }},
		{Name: "sameSite", Read: func(c *cgi.Cookie, v option.Value) { c.SameSite = v.String() }},
		{Name: "httpOnly", Read: func(c *cgi.Cookie, v option.Value) { c.HTTPOnly = v.Bool() }},
		{Name: "lifetime", Read: func(c *cgi.Cookie, v option.Value) {
			n := v.Number()
			if !(n >= 1 && n <= math.MaxInt32) {
				v.Refuse("must be at least 1 second")
			}
			c.MaxAge = int(n)
		}},
	})
}

func lifetimeOption(v option.Value) time.Duration {
	d, err := session.Lifetime(v.Number())
	check(v.L, err)
	return d
}

func trackOption(opt *startOptions, v option.Value) {
	value := v.String()
	opt.trackSet = true
	t := &opt.tracking
	names := make([]string, len(trackings))
	for i, known := range trackings {
		if known.name == value {
			t.cookie, t.link, t.auto = known.cookie, known.link, known.auto
			return
		}
		names[i] = known.name
	}
	v.Refuse("must be one of " + strings.Join(names, " "))
}

func parameterOption(opt *startOptions, v option.Value) {
	opt.trackSet = true
	opt.tracking.parameter = v.String()
	if n := len(opt.tracking.parameter); n == 0 || n > 64 {
		v.Refuse("must be 1 to 64 bytes long")
	}
}

// waitOption reads how long to wait for a lock: 0 is a single look.
func waitOption(opt *startOptions, v option.Value) {
	n := v.Number()
	if !(n >= 0 && n <= 3600) {
		v.Refuse("must be 0 to 3600 seconds")
	}
	if n == 0 {
		opt.Wait = -1
		return
	}
	opt.Wait = time.Duration(n * float64(time.Second))
}
