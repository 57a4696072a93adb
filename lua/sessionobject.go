package lua

import (
	"errors"
	"io/fs"
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	luatime "lcgi/lua/time"
	"lcgi/session"
)

// sessionType is the name of the metatable of sessions in a machine's registry.
const sessionType = "lcgi.session"

// A sessionField is what a page reads as a member of a session.
type sessionField struct {
	name string
	get  func(L *glua.LState, p *pageSession) glua.LValue
}

func sessionFields() []sessionField {
	return []sessionField{
		{"id", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LString(p.ID()) }},
		{"name", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LString(p.Name()) }},
		{"result", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LString(p.Result()) }},
		{"data", func(L *glua.LState, p *pageSession) glua.LValue {
			check(L, runOf(L).sessions.adopt(L))
			return p.data
		}},
		{"lifetime", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LNumber(p.Lifetime().Seconds()) }},
		{"maxLifetime", func(L *glua.LState, p *pageSession) glua.LValue {
			if d := p.MaxLifetime(); d != 0 {
				return glua.LNumber(d.Seconds())
			}
			return glua.LNil
		}},
		{"created", func(L *glua.LState, p *pageSession) glua.LValue { return luatime.New(L, p.Created()) }},
		{"lastHit", func(L *glua.LState, p *pageSession) glua.LValue { return timeOrZero(L, p.LastHit()) }},
		{"token", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LString(p.token()) }},
		{"folder", sessionFolder},
		{"url", func(L *glua.LState, p *pageSession) glua.LValue { return glua.LString(runOf(L).sessionURL(p)) }},
	}
}

// A sessionMethod is what a page calls on a session.
type sessionMethod struct {
	name string
	call func(L *glua.LState, p *pageSession)
}

func sessionMethods() []sessionMethod {
	return []sessionMethod{
		{"save", saveIt},
		{"stop", stopIt},
		{"abort", abortIt},
		{"rotate", rotateIt},
		{"reset", resetIt},
		{"delete", deleteIt},
		{"beforeSave", callBeforeSave},
	}
}

// sessionObject returns what a page sees of a session.
func sessionObject(L *glua.LState, p *pageSession) *glua.LUserData {
	ud := L.NewUserData()
	ud.Value = p
	mt, ok := L.GetTypeMetatable(sessionType).(*glua.LTable)
	if !ok {
		mt = L.NewTypeMetatable(sessionType)
		methods := L.CreateTable(0, 8)
		for _, method := range sessionMethods() {
			methods.RawSetString(method.name, L.NewFunction(func(L *glua.LState) int {
				method.call(L, checkSession(L))
				return 0
			}))
		}
		mt.RawSetString("methods", methods)
		mt.RawSetString("__index", L.NewFunction(sessionIndex))
		mt.RawSetString("__newindex", L.NewFunction(sessionNewIndex))
		mt.RawSetString("__eq", L.NewFunction(sessionEqual))
		mt.RawSetString("__metatable", glua.LFalse)
	}
	ud.Metatable = mt
	return ud
}

func checkSession(L *glua.LState) *pageSession {
	if ud, ok := L.Get(1).(*glua.LUserData); ok {
		if p, ok := ud.Value.(*pageSession); ok {
			return p
		}
	}
	L.RaiseError("a session expected before the method's arguments; call it with a colon, such as s:save()")
	return nil
}

func sessionIndex(L *glua.LState) int {
	p := checkSession(L)
	name := L.CheckString(2)
	fields := sessionFields()
	for i := range fields {
		if fields[i].name == name {
			L.Push(fields[i].get(L, p))
			return 1
		}
	}
	method := glua.LValue(glua.LNil)
	if methods, ok := L.GetMetaField(L.Get(1), "methods").(*glua.LTable); ok {
		method = methods.RawGetString(name)
	}
	if method == glua.LNil {
		var members []string
		for _, field := range fields {
			members = append(members, field.name)
		}
		for _, method := range sessionMethods() {
			members = append(members, method.name)
		}
		L.RaiseError("a session has no member %q; it has %s", name, strings.Join(members, " "))
	}
	L.Push(method)
	return 1
}

// timeOrZero is a time, or 0 for one that has not come yet.
func timeOrZero(L *glua.LState, t time.Time) glua.LValue {
	if t.IsZero() {
		return glua.LNumber(0)
	}
	return luatime.New(L, t)
}

// sessionFolder returns the path of p's private folder. A session that was
// started read-only has none unless it was made before.
func sessionFolder(L *glua.LState, p *pageSession) glua.LValue {
	dir, err := p.Folder(runOf(L).ctx)
	if p.asked.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return glua.LNil
	}
	check(L, err)
	return glua.LString(dir)
}

func sessionNewIndex(L *glua.LState) int {
	p := checkSession(L)
	switch name := L.CheckString(2); name {
	case "lifetime":
		check(L, p.SetLifetime(secondsMember(L, name)))
	case "maxLifetime":
		if L.Get(3) == glua.LNil {
			check(L, p.SetMaxLifetime(0))
			break
		}
		check(L, p.SetMaxLifetime(secondsMember(L, name)))
	case "data":
		if p.over {
			L.RaiseError("the session %s is over on this page; start it again to change it", p.Name())
		}
		t, ok := L.Get(3).(*glua.LTable)
		if !ok {
			L.RaiseError("the data of a session must be a table, not a %s", L.Get(3).Type())
		}
		p.data = t
		runOf(L).sessions.renew(L, p)
	default:
		L.RaiseError("the member %q of a session cannot be set; lifetime, maxLifetime and data can", name)
	}
	return 0
}

// secondsMember returns the value that a member is set to.
func secondsMember(L *glua.LState, name string) time.Duration {
	n, ok := L.Get(3).(glua.LNumber)
	if !ok {
		L.RaiseError("the %s of a session is a number of seconds, not a %s", name, L.Get(3).Type())
	}
	d, err := session.Lifetime(float64(n))
	check(L, err)
	return d
}

// sessionEqual: session.get makes an object of its own each time.
func sessionEqual(L *glua.LState) int {
	a, b := L.CheckUserData(1).Value, L.CheckUserData(2).Value
	L.Push(glua.LBool(a == b))
	return 1
}

// s:abort() gives the session up: this request stores nothing of it.
func abortIt(L *glua.LState, p *pageSession) {
	check(L, runOf(L).sessions.adopt(L))
	p.over = true
	check(L, p.Close())
}

// s:rotate([seconds]) gives the session a new id. The old one leads to it for so
// many seconds, 30 if they are not given.
func rotateIt(L *glua.LState, p *pageSession) {
	if at := runOf(L).w.FlushedAt(); at != "" {
		L.RaiseError("the session cannot get a new id after response.flush() in %s has sent the headers: the visitor would not know it; rotate it before", at)
	}
	grace := session.DefaultGrace
	if L.GetTop() >= 2 && L.Get(2) != glua.LNil {
		n := float64(L.CheckNumber(2))
		if !(math.Abs(n) < 1e9) {
			L.ArgError(2, "a number of seconds expected")
		}
		grace = time.Duration(n * float64(time.Second)) // Rotate knows what it may be
	}
	check(L, p.Rotate(grace))
	p.rotated, p.renewed = true, true
	if grace == 0 {
		forgetTokens(L, p)
	}
	if runOf(L).sessions.current == p && global(L, "sessionID") != glua.LNil {
		setGlobal(L, "sessionID", glua.LString(p.ID()))
	}
}

// s:reset() empties the session, which goes on under its id.
func resetIt(L *glua.LState, p *pageSession) {
	check(L, p.Reset())
	p.data = L.NewTable()
	runOf(L).sessions.renew(L, p)
}

// s:beforeSave(fn) has fn(s) called whenever the session is about to be saved.
func callBeforeSave(L *glua.LState, p *pageSession) {
	if p.over {
		L.RaiseError("the session %s is over on this page; what is to be called before it is saved must be said before", p.Name())
	}
	p.before = append(p.before, L.CheckFunction(2))
}
