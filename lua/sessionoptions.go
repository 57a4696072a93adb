package lua

import (
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/session"
)

// An optionReader puts the value of an option into what is being set. Name is what
// the option is called in messages.
type optionReader[T any] struct {
	option string
	read   func(L *glua.LState, to *T, name string, v glua.LValue)
}

// readOptions reads a table of options. One that does not exist is an error: a
// misspelled "readonly" must not pass. Prefix stands before the options' names
// in messages.
func readOptions[T any](L *glua.LState, options *glua.LTable, to *T, prefix string, readers []optionReader[T]) {
	forEach(options, func(k, v glua.LValue) {
		for i := range readers {
			if k.String() == readers[i].option {
				readers[i].read(L, to, prefix+k.String(), v)
				return
			}
		}
		names := make([]string, len(readers))
		for i := range readers {
			names[i] = readers[i].option
		}
		L.ArgError(1, "there is no option "+prefix+k.String()+"; there are "+strings.Join(names, " "))
	})
}

// readStartOptions reads the options of session.start.
func readStartOptions(L *glua.LState, options *glua.LTable, opt *startOptions) {
	readOptions(L, options, opt, "", []optionReader[startOptions]{
		{"name", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.Name = optionString(L, 1, name, v)
		}},
		{"id", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.ID = optionString(L, 1, name, v)
		}},
		{"lifetime", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.Lifetime = lifetimeOption(L, name, v)
		}},
		{"maxLifetime", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.MaxLifetime = lifetimeOption(L, name, v)
		}},
		{"savePath", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.savePath = runOf(L).savePath(optionString(L, 1, name, v))
		}},
		{"readonly", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.ReadOnly = optionBool(L, 1, name, v)
		}},
		{"track", trackOption},
		{"parameter", parameterOption},
		{"absoluteLinks", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.tracking.relative = !optionBool(L, 1, name, v)
		}},
		{"rotate", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.Rotate = optionBool(L, 1, name, v)
		}},
		{"keepId", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			opt.KeepID = optionBool(L, 1, name, v)
		}},
		{"wait", waitOption},
		{"cookie", func(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
			cookie, ok := v.(*glua.LTable)
			if !ok {
				wrongOption(L, 1, name, "a table", v)
			}
			opt.cookieOptions = cookie
			readSessionCookie(L, cookie, &opt.cookie)
		}},
	})
}

// readSessionCookie reads what the option cookie says. Other than for
// response.cookie the life of the cookie is called lifetime, in seconds.
func readSessionCookie(L *glua.LState, options *glua.LTable, cookie *cgi.Cookie) {
	readOptions(L, options, cookie, "cookie.", []optionReader[cgi.Cookie]{
		{"name", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.Name = optionString(L, 1, name, v)
		}},
		{"path", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.Path = optionString(L, 1, name, v)
		}},
		{"domain", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.Domain = optionString(L, 1, name, v)
		}},
		{"secure", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.Secure = optionBool(L, 1, name, v)
		}},
		{"sameSite", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.SameSite = optionString(L, 1, name, v)
		}},
		{"httpOnly", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			c.HTTPOnly = optionBool(L, 1, name, v)
		}},
		{"lifetime", func(L *glua.LState, c *cgi.Cookie, name string, v glua.LValue) {
			n := optionNumber(L, 1, name, v)
			if !(n >= 1 && n <= math.MaxInt32) {
				L.ArgError(1, "the option cookie.lifetime must be at least 1 second")
			}
			c.MaxAge = int(n)
		}},
	})
}

func lifetimeOption(L *glua.LState, name string, v glua.LValue) time.Duration {
	d, err := session.Lifetime(optionNumber(L, 1, name, v))
	check(L, err)
	return d
}

func trackOption(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
	value := optionString(L, 1, name, v)
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
	L.ArgError(1, "the option track must be one of "+strings.Join(names, " "))
}

func parameterOption(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
	opt.trackSet = true
	opt.tracking.parameter = optionString(L, 1, name, v)
	if n := len(opt.tracking.parameter); n == 0 || n > 64 {
		L.ArgError(1, "the option parameter must be 1 to 64 bytes long")
	}
}

// waitOption reads how long to wait for a lock: 0 is a single look.
func waitOption(L *glua.LState, opt *startOptions, name string, v glua.LValue) {
	n := optionNumber(L, 1, name, v)
	if !(n >= 0 && n <= 3600) {
		L.ArgError(1, "the option wait must be 0 to 3600 seconds")
	}
	if n == 0 {
		opt.Wait = -1
		return
	}
	opt.Wait = time.Duration(n * float64(time.Second))
}
