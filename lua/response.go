package lua

import (
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/option"
	"lcgi/lua/vm"
)

// installResponse makes the table response.
func installResponse(L *glua.LState) {
	t := L.CreateTable(0, 16)
	for name, f := range map[string]glua.LGFunction{
		"status":       responseStatus,
		"header":       responseHeader,
		"addHeader":    responseAddHeader,
		"removeHeader": responseRemoveHeader,
		"type":         responseType,
		"cookie":       responseCookie,
		"deleteCookie": responseDeleteCookie,
		"redirect":     redirect,
		"sendFile":     responseSendFile,
		"cache":        responseCache,
		"flush":        responseFlush,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	refuseUnknown(L, t, "response")
	setGlobal(L, "response", t)
}

// response.status(n) sets the status; response.status() returns it.
func responseStatus(L *glua.LState) int {
	w := runOf(L).w
	if L.GetTop() == 0 {
		L.Push(glua.LNumber(w.Status()))
		return 1
	}
	check(L, w.SetStatus(integer(L, 1)))
	return 0
}

func responseHeader(L *glua.LState) int {
	check(L, runOf(L).w.SetHeader(L.CheckString(1), L.CheckString(2)))
	return 0
}

func responseAddHeader(L *glua.LState) int {
	check(L, runOf(L).w.AddHeader(L.CheckString(1), L.CheckString(2)))
	return 0
}

func responseRemoveHeader(L *glua.LState) int {
	check(L, runOf(L).w.RemoveHeader(L.CheckString(1)))
	return 0
}

// response.type(mime) sets the Content-Type. A text type without a charset is
// in UTF-8.
func responseType(L *glua.LState) int {
	check(L, runOf(L).w.SetType(L.CheckString(1)))
	return 0
}

// response.cookie(name, value, {path=, domain=, maxAge=, secure=, httpOnly=,
// sameSite=, partitioned=}) sets a cookie.
func responseCookie(L *glua.LState) int {
	w := runOf(L).w
	c := w.NewCookie(L.CheckString(1), text(L, 2))
	option.Read(L, 3, &c, "", cookieOptions())
	check(L, w.SetCookie(c))
	return 0
}

// response.deleteCookie(name, {path=, domain=}) makes the browser forget a
// cookie.
func responseDeleteCookie(L *glua.LState) int {
	w := runOf(L).w
	c := w.NewCookie(L.CheckString(1), "")
	option.Read(L, 2, &c, "", cookieOptions())
	check(L, w.DeleteCookie(c))
	return 0
}

// cookieOptions are those of response.cookie and response.deleteCookie.
func cookieOptions() []option.Reader[cgi.Cookie] {
	return []option.Reader[cgi.Cookie]{
		{Name: "path", Read: func(c *cgi.Cookie, v option.Value) { c.Path = v.String() }},
		{Name: "domain", Read: func(c *cgi.Cookie, v option.Value) { c.Domain = v.String() }},
		{Name: "maxAge", Read: func(c *cgi.Cookie, v option.Value) {
			c.MaxAge = v.Int(-math.MaxInt32, math.MaxInt32)
			if c.MaxAge == 0 {
				c.MaxAge = -1 // "no seconds to live" deletes; nil is the end of the browser
			}
		}},
		{Name: "secure", Read: func(c *cgi.Cookie, v option.Value) { c.Secure = v.Bool() }},
		{Name: "httpOnly", Read: func(c *cgi.Cookie, v option.Value) { c.HTTPOnly = v.Bool() }},
		{Name: "sameSite", Read: func(c *cgi.Cookie, v option.Value) { c.SameSite = v.String() }},
		{Name: "partitioned", Read: func(c *cgi.Cookie, v option.Value) { c.Partitioned = v.Bool() }},
	}
}

// redirect(url, [code]) sends the visitor to another page and ends this one.
func redirect(L *glua.LState) int {
	code := 0
	if L.GetTop() >= 2 && L.Get(2) != glua.LNil {
		code = integer(L, 2)
	}
	check(L, runOf(L).w.Redirect(L.CheckString(1), code))
	vm.Of(L).Exit(L)
	return 0
}

// exit() ends the page as if it had come to its end.
func exit(L *glua.LState) int {
	vm.Of(L).Exit(L)
	return 0
}

// response.flush() sends what has been written so far, headers first. Where the answer
// has no body the page ends there, as by exit: nobody would notice that the client has
// left, and one HEAD would keep a page at work that streams for as long as it may. What
// is called before sessions are saved comes to its end all the same.
func responseFlush(L *glua.LState) int {
	run := runOf(L)
	if !run.w.Committed() {
		check(L, run.sessions.announce(run.ctx, run))
		run.end.streams.Store(true)
		run.engine.cfg.OnStream()
	}
	if err := run.w.Flush(strings.TrimSuffix(L.Where(1), ":")); err != nil {
		// Where nothing could be sent, the end of the server is the page's as before.
		run.end.streams.Store(run.w.Committed())
		run.outputFailed(L, err)
	}
	if run.w.Bodiless() && !run.finishing {
		run.machine.Exit(L)
	}
	return 0
}

// putHeader is "put header E": E is a line "Name: value".
func putHeader(L *glua.LState) int {
	line := L.CheckString(1)
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		L.RaiseError("put header: %.60q is no header; write \"Name: value\"", line)
	}
	check(L, runOf(L).w.AddHeader(strings.Trim(name, " \t"), value))
	return 0
}
