package lua

import (
	"context"
	"errors"

	glua "github.com/yuin/gopher-lua"

	"lcgi/session"
)

// installShared makes the table shared: variables that all visitors share.
func installShared(L *glua.LState) {
	t := L.CreateTable(0, 8)
	for name, f := range map[string]glua.LGFunction{
		"get":    sharedGet,
		"set":    sharedSet,
		"update": sharedUpdate,
		"delete": sharedDelete,
		"keys":   sharedKeys,
		"reset":  sharedReset,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	refuseMembers(L, t, "shared has no member %q; shared.get and shared.set read and set a variable")
	setGlobal(L, "shared", t)
}

func sharedStore(L *glua.LState) *session.Shared { return storeEngine(L).Shared() }

// shared.get(key, [default]) returns the value of a shared variable.
func sharedGet(L *glua.LState) int {
	data, err := sharedStore(L).Get(runOf(L).ctx, L.CheckString(1))
	check(L, sharedError(err))
	v := L.Get(2)
	if data != nil {
		v, err = decodeWhole(L, data)
		check(L, err)
	}
	L.Push(v)
	return 1
}

// shared.set(key, value) sets a shared variable; nil deletes it.
func sharedSet(L *glua.LState) int {
	run, key := runOf(L), L.CheckString(1)
	L.CheckAny(2)
	notUpdating(L, "shared.set", key)
	if L.Get(2) == glua.LNil {
		_, err := sharedStore(L).Delete(run.ctx, key)
		check(L, sharedError(err))
		return 0
	}
	data, err := encodeShared(run.ctx, key, L.Get(2))
	check(L, err)
	check(L, sharedError(sharedStore(L).Set(run.ctx, key, data)))
	return 0
}

// shared.update(key, fn) sets a shared variable to fn(value) and returns that.
// Nobody else changes it in between. If fn fails, nothing is changed.
func sharedUpdate(L *glua.LState) int {
	run, key, fn := runOf(L), L.CheckString(1), L.CheckFunction(2)
	notUpdating(L, "shared.update", key)
	if run.updating == nil {
		run.updating = make(map[string]bool)
	}
	run.updating[key] = true
	defer delete(run.updating, key)
	result := glua.LValue(glua.LNil)
	err := sharedStore(L).Update(run.ctx, key, func(old []byte) ([]byte, error) {
		v := glua.LValue(glua.LNil)
		if old != nil {
			var err error
			if v, err = decodeWhole(L, old); err != nil {
				return nil, err
			}
		}
		L.Push(fn)
		L.Push(v)
		L.Call(1, 1)
		result = L.Get(-1)
		L.Pop(1)
		if result == glua.LNil {
			return nil, nil
		}
		return encodeShared(run.ctx, key, result)
	})
	check(L, sharedError(err))
	L.Push(result)
	return 1
}

// shared.delete(key) deletes a shared variable and returns whether it existed.
func sharedDelete(L *glua.LState) int {
	notUpdating(L, "shared.delete", L.CheckString(1))
	existed, err := sharedStore(L).Delete(runOf(L).ctx, L.CheckString(1))
	check(L, sharedError(err))
	L.Push(glua.LBool(existed))
	return 1
}

// shared.keys() returns the names of all shared variables, sorted.
func sharedKeys(L *glua.LState) int {
	keys, err := sharedStore(L).Keys(runOf(L).ctx)
	check(L, sharedError(err))
	t := L.CreateTable(len(keys), 0)
	for _, key := range keys {
		t.Append(glua.LString(key))
	}
	L.Push(t)
	return 1
}

// shared.reset() deletes all shared variables.
func sharedReset(L *glua.LState) int {
	for key := range runOf(L).updating {
		notUpdating(L, "shared.reset", key)
	}
	check(L, sharedError(sharedStore(L).Reset(runOf(L).ctx)))
	return 0
}

// notUpdating refuses to change a variable while the function that shared.update
// was given for it runs: that would wait for itself.
func notUpdating(L *glua.LState, function, key string) {
	if runOf(L).updating[key] {
		L.RaiseError("%s(%q) inside of shared.update(%q) would wait for itself; let the function return the new value", function, key, key)
	}
}

// sharedError is sessionError for a shared variable.
func sharedError(err error) error {
	var busy *session.BusyError
	if errors.As(err, &busy) {
		return unavailable("a shared variable is in use by another request", busy.Waited, err)
	}
	return err
}

func encodeShared(ctx context.Context, key string, v glua.LValue) ([]byte, error) {
	e := encoding{ctx: ctx, what: "the shared variable " + key}
	if err := e.value(v); err != nil {
		return nil, err
	}
	return e.Bytes()
}
