package lua

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/csrf"
	"lcgi/session"
)

// csrfModule is the loader of the module csrf.
func csrfModule() glua.LGFunction {
	return csrf.Module(csrf.Host{
		Request: func(L *glua.LState) *cgi.Request { return runOf(L).r },
		Session: csrfSession,
		HTML:    func(L *glua.LState, html string) glua.LValue { return newRaw(L, html) },
	})
}

// csrfSession returns the session that a function of the module csrf is about.
func csrfSession(L *glua.LState, n int, function string) csrf.Session {
	run := runOf(L)
	check(L, run.sessions.adopt(L))
	p := run.sessions.current
	if v := L.Get(n); v != glua.LNil {
		p = nil
		if ud, ok := v.(*glua.LUserData); ok {
			p, _ = ud.Value.(*pageSession)
		}
		if p == nil {
			L.ArgError(n, "a session expected, got "+v.Type().String())
		}
	}
	switch {
	case p == nil:
		L.RaiseError("%s: no session is open on this page; write `start session` before it, or give it what session.start has returned", function)
	case p.over:
		L.RaiseError("%s: the session %s is over on this page; call it before the session is stopped or deleted", function, p.Name())
	}
	return csrf.Session{
		Name:     p.Name(),
		Data:     p.data,
		ReadOnly: p.asked.ReadOnly,
		Sent:     len(p.asked.Candidates) > 0 || p.asked.ID != "",
		Found:    p.Presented() != "" && p.Result() != session.ResultExpire,
	}
}

// forgetTokens makes the tokens of a session worthless, as its old id is: who signs
// in must not be bound to what somebody else may have known before.
func forgetTokens(L *glua.LState, p *pageSession) {
	check(L, runOf(L).sessions.adopt(L))
	p.data.RawSetString(csrf.Key, glua.LNil)
}
