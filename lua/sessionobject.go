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
	p, ok := L.CheckUserData(1).Value.(*pageSession)
	if !ok {
		L.ArgError(1, "session expected")
	}
	return p
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
	mt := L.CheckUserData(1).Metatable.(*glua.LTable)
	method := mt.RawGetString("methods").(*glua.LTable).RawGetString(name)
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
	if p.readonly && errors.Is(err, fs.ErrNotExist) {
		return glua.LNil
	}
	check(L, err)
	return glua.LString(dir)
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
		runOf(L).sessions.renew(L, p)
	default:
		L.RaiseError("the member %q of a session cannot be set; lifetime and data can", name)
	}
	return 0
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
	grace := session.DefaultGrace
	if L.GetTop() >= 2 && L.Get(2) != glua.LNil {
		n := float64(L.CheckNumber(2))
		if !(math.Abs(n) < 1e9) {
			L.ArgError(2, "a number of seconds expected")
		}
		grace = time.Duration(n * float64(time.Second)) // Rotate knows what it may be
	}
	check(L, p.Rotate(grace))
	p.rotated = true
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
	p.before = append(p.before, L.CheckFunction(2))
}
