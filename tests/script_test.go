package tests

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the commands as the scripts in script tell, each in an empty
// folder with the files that stand at its end.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(lcgi)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			// An address that somebody listens on already.
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(func() { taken.Close() })
			env.Setenv("TAKEN", taken.Addr().String())
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
