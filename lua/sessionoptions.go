package lua

import (
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/session"
)

// readStartOptions reads the options of session.start. One that does not exist
// is an error: a misspelled "readonly" must not pass.
func readStartOptions(L *glua.LState, options *glua.LTable, opt *startOptions) {
	seconds := func(name string, v glua.LValue) time.Duration {
		d, err := session.Lifetime(optionNumber(L, 1, name, v))
		check(L, err)
		return d
	}
	forEach(options, func(k, v glua.LValue) {
		name := k.String()
		switch name {
		case "name":
			opt.Name = optionString(L, 1, name, v)
		case "id":
			opt.ID = optionString(L, 1, name, v)
		case "lifetime":
			opt.Lifetime = seconds(name, v)
		case "maxLifetime":
			opt.MaxLifetime = seconds(name, v)
		case "savePath":
			opt.savePath = runOf(L).savePath(optionString(L, 1, name, v))
		case "readonly":
			opt.ReadOnly = optionBool(L, 1, name, v)
		case "track":
			trackOption(L, &opt.tracking, optionString(L, 1, name, v))
		case "parameter":
			parameter := optionString(L, 1, name, v)
			if parameter == "" || len(parameter) > 64 {
				L.ArgError(1, "the option parameter must be 1 to 64 bytes long")
			}
			opt.tracking.parameter = parameter
		case "absoluteLinks":
			opt.tracking.relative = !optionBool(L, 1, name, v)
		case "rotate":
			opt.Rotate = optionBool(L, 1, name, v)
		case "keepId":
			opt.KeepID = optionBool(L, 1, name, v)
		case "wait":
			opt.Wait = waitOption(L, v)
		case "cookie":
			cookie, ok := v.(*glua.LTable)
			if !ok {
				wrongOption(L, 1, name, "a table", v)
			}
			readSessionCookie(L, cookie, opt)
		default:
			L.ArgError(1, "there is no option "+name+
				"; there are name id lifetime maxLifetime savePath readonly track parameter absoluteLinks rotate keepId wait cookie")
		}
	})
}

func trackOption(L *glua.LState, t *tracking, value string) {
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

// waitOption reads how long to wait for a lock: 0 is a single look.
func waitOption(L *glua.LState, v glua.LValue) time.Duration {
	n := optionNumber(L, 1, "wait", v)
	if !(n >= 0 && n <= 3600) {
		L.ArgError(1, "the option wait must be 0 to 3600 seconds")
	}
	if n == 0 {
		return -1
	}
	return time.Duration(n * float64(time.Second))
}

// readSessionCookie reads what the option cookie says. Other than for
// response.cookie the life of the cookie is called lifetime, in seconds.
func readSessionCookie(L *glua.LState, options *glua.LTable, opt *startOptions) {
	forEach(options, func(k, v glua.LValue) {
		name := "cookie." + k.String()
		switch k.String() {
		case "name":
			opt.cookie.Name = optionString(L, 1, name, v)
		case "path":
			opt.cookie.Path = optionString(L, 1, name, v)
		case "domain":
			opt.cookie.Domain = optionString(L, 1, name, v)
		case "sameSite":
			opt.cookie.SameSite = optionString(L, 1, name, v)
		case "secure":
			opt.cookie.Secure = optionBool(L, 1, name, v)
		case "httpOnly":
			opt.cookie.HTTPOnly = optionBool(L, 1, name, v)
		case "lifetime":
			n := optionNumber(L, 1, name, v)
			if !(n >= 1 && n <= math.MaxInt32) {
				L.ArgError(1, "the option cookie.lifetime must be at least 1 second")
			}
			opt.cookie.MaxAge = int(n)
		default:
			L.ArgError(1, "there is no option "+name+"; there are name path domain secure sameSite httpOnly lifetime")
		}
	})
}
