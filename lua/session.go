package lua

import (
	"math"
	"strconv"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/session"
)

// sessionType is the name of the metatable of sessions in a machine's registry.
const sessionType = "lcgi.session"

// installSession makes the table session.
func installSession(L *glua.LState) {
	t := L.NewTable()
	t.RawSetString("start", L.NewFunction(sessionStart))
	setGlobal(L, "session", t)
}

// installNoSession makes _SESSION explain itself until a session is started.
func installNoSession(L *glua.LState) {
	if global(L, "_SESSION") != glua.LNil {
		return
	}
	t := L.NewTable()
	mt := L.NewTable()
	explain := L.NewFunction(func(L *glua.LState) int {
		L.RaiseError("_SESSION cannot be used before a session is started; write `start session` first")
		return 0
	})
	mt.RawSetString("__index", explain)
	mt.RawSetString("__newindex", explain)
	t.Metatable = mt
	setGlobal(L, "_SESSION", t)
}

// begin starts a session. Shown means that _SESSION is its data from now on.
func begin(L *glua.LState, opt startOptions, shown bool) *pageSession {
	run := runOf(L)
	check(L, run.sessions.adopt(L))
	p, err := run.sessions.start(L, run, opt)
	check(L, err)
	if shown {
		run.sessions.current = p
		setGlobal(L, "_SESSION", p.data)
	}
	return p
}

// startSession is "start session": the properties are globals.
func startSession(L *glua.LState) int {
	var opt startOptions
	opt.cookie = runOf(L).w.NewCookie("", "")
	property := func(name string) (string, bool) {
		switch v := global(L, name).(type) {
		case *glua.LNilType:
			return "", false
		case glua.LString, glua.LNumber:
			return v.String(), v.String() != ""
		default:
			L.RaiseError("start session: %s is a %s; it must be a string", name, v.Type())
			return "", false
		}
	}
	opt.Name, _ = property("sessionName")
	if name, ok := property("sessionCookieName"); ok {
		opt.Name = name
	}
	opt.ID, _ = property("sessionID")
	if seconds, ok := property("sessionLifetime"); ok {
		n, err := strconv.ParseFloat(seconds, 64)
		if err != nil {
			L.RaiseError("start session: sessionLifetime is %q; it must be a number of seconds", seconds)
		}
		opt.Lifetime, err = session.Lifetime(n)
		check(L, err)
	}
	path, _ := property("sessionSavePath")
	opt.savePath = runOf(L).savePath(path)
	p := begin(L, opt, true)
	setGlobal(L, "sessionID", glua.LString(p.ID()))
	return 0
}

// stopSession is "stop session".
func stopSession(L *glua.LState) int {
	stopIt(L, open(L, "stop session"))
	return 0
}

// deleteSession is "delete session".
func deleteSession(L *glua.LState) int {
	deleteIt(L, open(L, "delete session"))
	return 0
}

// open returns the session that a statement is about.
func open(L *glua.LState, statement string) *pageSession {
	p := runOf(L).sessions.current
	if p == nil || p.over {
		L.RaiseError("%s: no session is open on this page; `start session` opens it", statement)
	}
	return p
}

func stopIt(L *glua.LState, p *pageSession) {
	run := runOf(L)
	check(L, run.sessions.adopt(L))
	if !p.over {
		check(L, run.sessions.stop(run.ctx, run, p))
	}
}

func deleteIt(L *glua.LState, p *pageSession) {
	run := runOf(L)
	check(L, p.remove(L, run.ctx, run))
	if run.sessions.current == p {
		setGlobal(L, "_SESSION", p.data)
		setGlobal(L, "sessionID", glua.LNil)
	}
}

// session.start{…} starts a session and returns it.
func sessionStart(L *glua.LState) int {
	run := runOf(L)
	opt := startOptions{savePath: run.savePath("")}
	opt.cookie = run.w.NewCookie("", "")
	if options := L.OptTable(1, nil); options != nil {
		readStartOptions(L, options, &opt)
	}
	p := begin(L, opt, opt.Name == "")
	L.Push(sessionObject(L, p))
	return 1
}

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
				"; there are name id lifetime maxLifetime savePath readonly wait cookie")
		}
	})
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
			L.ArgError(1, "there is no option "+name+"; there are path domain secure sameSite httpOnly lifetime")
		}
	})
}

// sessionObject returns what a page sees of a session.
func sessionObject(L *glua.LState, p *pageSession) *glua.LUserData {
	ud := L.NewUserData()
	ud.Value = p
	mt, ok := L.GetTypeMetatable(sessionType).(*glua.LTable)
	if !ok {
		mt = L.NewTypeMetatable(sessionType)
		methods := L.NewTable()
		for name, method := range map[string]glua.LGFunction{
			"stop":   sessionStop,
			"delete": sessionDelete,
		} {
			methods.RawSetString(name, L.NewFunction(method))
		}
		mt.RawSetString("methods", methods)
		mt.RawSetString("__index", L.NewFunction(sessionIndex))
		mt.RawSetString("__newindex", L.NewFunction(sessionNewIndex))
		mt.RawSetString("__metatable", glua.LFalse)
	}
	ud.Metatable = mt
	return ud
}

func checkSession(L *glua.LState) *pageSession {
	p, ok := L.CheckUserData(1).Value.(*pageSession)
	if !ok {
		L.ArgError(1, "session expected")
	}
	return p
}

func sessionIndex(L *glua.LState) int {
	p := checkSession(L)
	run := runOf(L)
	switch name := L.CheckString(2); name {
	case "id":
		L.Push(glua.LString(p.ID()))
	case "name":
		L.Push(glua.LString(p.Name()))
	case "result":
		L.Push(glua.LString(p.Result()))
	case "lifetime":
		L.Push(glua.LNumber(p.Lifetime().Seconds()))
	case "data":
		check(L, run.sessions.adopt(L))
		L.Push(p.data)
	default:
		mt := L.CheckUserData(1).Metatable.(*glua.LTable)
		method := mt.RawGetString("methods").(*glua.LTable).RawGetString(name)
		if method == glua.LNil {
			L.RaiseError("a session has no member %q; it has id name result lifetime data stop delete", name)
		}
		L.Push(method)
	}
	return 1
}

func sessionNewIndex(L *glua.LState) int {
	p := checkSession(L)
	switch name := L.CheckString(2); name {
	case "lifetime":
		d, err := session.Lifetime(float64(L.CheckNumber(3)))
		check(L, err)
		check(L, p.SetLifetime(d))
	case "data":
		p.data = L.CheckTable(3)
		if runOf(L).sessions.current == p {
			setGlobal(L, "_SESSION", p.data)
		}
	default:
		L.RaiseError("the member %q of a session cannot be set; lifetime and data can", name)
	}
	return 0
}

// s:stop() saves the session and gives up its lock.
func sessionStop(L *glua.LState) int {
	stopIt(L, checkSession(L))
	return 0
}

// s:delete() ends the session, and removes its data and its cookie.
func sessionDelete(L *glua.LState) int {
	deleteIt(L, checkSession(L))
	return 0
}
