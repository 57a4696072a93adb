package lua

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
	"lcgi/session"
)

// installSession makes the table session.
func installSession(L *glua.LState) {
	t := L.CreateTable(0, 4)
	for name, f := range map[string]glua.LGFunction{
		"start": sessionStart,
		"get":   sessionGet,
		"count": sessionCount,
		"sweep": sessionSweep,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	refuseMembers(L, t, "session has no member %q; it has start get count sweep, and a session's values are in _SESSION or s.data")
	setGlobal(L, "session", t)
}

// refuseMembers makes it an error to read or to set what t does not have: a page
// that does means another table, and would not notice. The message has a place
// for the name.
func refuseMembers(L *glua.LState, t *glua.LTable, message string) {
	refuse := L.NewFunction(func(L *glua.LState) int {
		L.RaiseError(message, L.Get(2).String())
		return 0
	})
	mt := L.CreateTable(0, 2)
	mt.RawSetString("__index", refuse)
	mt.RawSetString("__newindex", refuse)
	t.Metatable = mt
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
	if file, ok := run.requestedFile(p.Name()); ok {
		check(L, run.sendSessionFile(p, file))
		vm.Of(L).Exit(L)
	}
	if shown {
		run.sessions.current = p
		setGlobal(L, "_SESSION", p.data)
	}
	return p
}

// startSession is "start session": the properties are globals.
func startSession(L *glua.LState) int {
	var opt startOptions
	opt.tracking = tracking{cookie: true}
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
	p := runOf(L).sessions.named("")
	if p == nil {
		L.RaiseError("%s: no session is open on this page; `start session` opens it", statement)
	}
	return p
}

func stopIt(L *glua.LState, p *pageSession) {
	run := runOf(L)
	if p.over {
		return
	}
	check(L, run.sessions.prepare(L, p))
	if !p.over { // what was called before may have stopped it
		check(L, run.sessions.stop(run.ctx, run, p))
	}
}

func saveIt(L *glua.LState, p *pageSession) {
	run := runOf(L)
	check(L, run.sessions.prepare(L, p))
	check(L, run.sessions.save(run.ctx, run, p))
}

func deleteIt(L *glua.LState, p *pageSession) {
	run := runOf(L)
	check(L, p.remove(L, run.ctx, run))
	run.sessions.renew(L, p)
	if run.sessions.current == p {
		setGlobal(L, "sessionID", glua.LNil)
	}
}

// renew shows the page that p's data is another table now.
func (s *sessions) renew(L *glua.LState, p *pageSession) {
	if s.current == p {
		setGlobal(L, "_SESSION", p.data)
	}
}

// session.start{…} starts a session and returns it.
func sessionStart(L *glua.LState) int {
	run := runOf(L)
	opt := startOptions{savePath: run.savePath(""), tracking: tracking{cookie: true}}
	opt.cookie = run.w.NewCookie("", "")
	if L.Get(1) == global(L, "session") {
		L.RaiseError("write session.start{...} with a dot, not a colon")
	}
	if options := L.OptTable(1, nil); options != nil {
		readStartOptions(L, options, &opt)
	}
	p := begin(L, opt, opt.Name == "")
	L.Push(sessionObject(L, p))
	return 1
}

// session.get([name]) returns the open session of that name on this page, or
// nil; without a name, the one that _SESSION belongs to.
func sessionGet(L *glua.LState) int {
	p := runOf(L).sessions.named(L.OptString(1, ""))
	if p == nil {
		L.Push(glua.LNil)
	} else {
		L.Push(sessionObject(L, p))
	}
	return 1
}

// storeEngine returns the engine of the store that functions mean which belong to
// no session: that of the site.
func storeEngine(L *glua.LState) *session.Engine {
	run := runOf(L)
	engine, err := run.sessions.engine(run, run.savePath(""))
	check(L, err)
	return engine
}

// session.count() returns the number of live sessions.
func sessionCount(L *glua.LState) int {
	n, err := storeEngine(L).Count(runOf(L).ctx)
	check(L, err)
	L.Push(glua.LNumber(n))
	return 1
}

// session.sweep() removes expired sessions and returns how many.
func sessionSweep(L *glua.LState) int {
	n, err := storeEngine(L).Sweep(runOf(L).ctx)
	check(L, err)
	L.Push(glua.LNumber(n))
	return 1
}
