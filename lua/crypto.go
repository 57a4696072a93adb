package lua

import (
	"context"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/crypto"
)

// cryptoModule returns the loader of the module crypto. Passwords that wait at the
// gate of the process wait no longer than their page may run.
func cryptoModule(gate *crypto.Gate) glua.LGFunction {
	return crypto.Module(gate, func(L *glua.LState) context.Context { return runOf(L).ctx })
}
