package csrf

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
)

// A Host is what the module needs of the run that it is in.
type Host struct {
	Request func(L *glua.LState) *cgi.Request

	// Session returns the session that argument n of the running function names,
	// or without one that of _SESSION. It raises an error if there is none that is
	// open. Function is what the page has called, for messages.
	Session func(L *glua.LState, n int, function string) Session

	// HTML returns the value for text that <?= ?> prints as it is.
	HTML func(L *glua.LState, html string) glua.LValue
}

// A Session is what the module needs of a session.
type Session struct {
	Name     string
	Data     *glua.LTable
	ReadOnly bool
	Sent     bool // the request came with an id for it
	Found    bool // which led to it
}

// Module returns the loader of the Lua module "csrf":
//
//	csrf.token([session])   a token, another text each time
//	csrf.field([session])   a hidden field with a token, for a form
//	csrf.check([session])   ends a request that may come from another site: 403
func Module(host Host) glua.LGFunction {
	return func(L *glua.LState) int {
		t := L.CreateTable(0, 3)
		for name, f := range map[string]glua.LGFunction{
			"token": host.token,
			"field": host.field,
			"check": host.check,
		} {
			t.RawSetString(name, L.NewFunction(f))
		}
		L.Push(t)
		return 1
	}
}

// token is csrf.token([session]).
func (host Host) token(L *glua.LState) int {
	s := ensureSecret(L, host.Session(L, 1, "csrf.token"))
	L.Push(glua.LString(s.token()))
	return 1
}

// field is csrf.field([session]). A token has no letter that HTML escapes.
func (host Host) field(L *glua.LState) int {
	s := ensureSecret(L, host.Session(L, 1, "csrf.field"))
	L.Push(host.HTML(L, `<input type="hidden" name="`+fieldName+`" value="`+s.token()+`">`))
	return 1
}

// ensureSecret returns the secret of the session, which gets one if it has none.
func ensureSecret(L *glua.LState, session Session) secret {
	s, ok := secretOf(L, session)
	if !ok {
		if session.ReadOnly {
			L.RaiseError("the session %s has no secret for tokens yet and was started with readonly=true, so that none can be kept; start it without", session.Name)
		}
		s = newSecret()
		session.Data.RawSetString(Key, glua.LString(s.text()))
	}
	return s
}

// secretOf returns the secret of the session, and whether it has one. That a page
// keeps something of its own under the key is an error: it would be lost.
func secretOf(L *glua.LState, session Session) (secret, bool) {
	v := session.Data.RawGetString(Key)
	if v == glua.LNil {
		return secret{}, false
	}
	text, _ := v.(glua.LString)
	s, err := parseSecret(string(text))
	if err != nil {
		L.RaiseError("the session %s has a value of the page's under %q, where the module csrf keeps its secret; give that another name", session.Name, Key)
	}
	return s, true
}

// What carries a token: a field of a form, or a header of what a script sends.
const (
	fieldName  = "csrf"
	headerName = "X-CSRF-Token"
)

// check is csrf.check([session]). Requests that must not change anything pass
// (RFC 9110 §9.2.1).
func (host Host) check(L *glua.LState) int {
	r := host.Request(L)
	switch r.Method() {
	case "GET", "HEAD", "OPTIONS":
		return 0
	}
	session := host.Session(L, 1, "csrf.check")
	if why := host.refuses(L, r, session); why != "" {
		vm.Raise(L, &cgi.StatusError{Status: 403, Reason: "csrf.check refused the request: " + why})
	}
	return 0
}

// refuses returns why the request does not pass, or "".
func (host Host) refuses(L *glua.LState, r *cgi.Request, session Session) string {
	if why := foreign(r); why != "" {
		return why
	}
	token := r.Header(headerName)
	if token == "" {
		fields, err := r.Post()
		if err != nil {
			vm.Raise(L, err)
		}
		for _, f := range fields {
			if f.Name == fieldName {
				token = f.Value
			}
		}
	}
	s, ok := secretOf(L, session)
	switch {
	case !session.Sent:
		return "it has no cookie of the session " + session.Name
	case !session.Found:
		return "the session " + session.Name + " that it names has ended"
	case !ok:
		return "no token was made in the session " + session.Name + ", or its id was changed since"
	case token == "":
		return "it has no token, neither in a field " + fieldName + " nor in a header " + headerName
	case !s.made(token):
		return "its token is not one of the session " + session.Name + ", or was made before a visitor signed in"
	}
	return ""
}
