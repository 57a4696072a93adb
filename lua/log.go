package lua

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/log"
)

// logModule is the loader of the module log. Its lines have the form of all
// others of a request:
//
//	k3j9x1q0z7ab: /shop/cart.lc: warn: too many tries user="ada" tries=5
func logModule() glua.LGFunction {
	return log.Module(func(L *glua.LState, level log.Level, line string) {
		run := runOf(L)
		if cfg := &run.engine.cfg; level >= cfg.LogLevel {
			cfg.Logf("%s: %s: %s", run.r.ID(), cgi.OneLine(run.script.Name), line)
		}
	})
}
