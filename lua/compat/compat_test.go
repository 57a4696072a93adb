package compat_test

import (
	"strings"
	"testing"

	"lcgi/lua/compat"
	"lcgi/lua/vm"
)

// Each module compiles, and its first comment says what it is about: the rows
// of FEATURES.md, how to switch it on, and what is not as in the original.
func TestSource(t *testing.T) {
	lib := vm.NewLibrary()
	for module, rows := range map[string]string{
		"compat.lasso":     "LA1 to LA19",
		"compat.foxweb":    "FW1 to FW11",
		"compat.alphafive": "A1 to A9, A11 to A14",
		"compat.pyhp":      "P1 to P8",
	} {
		src, ok := compat.Source(module)
		if !ok {
			t.Fatalf("there is no %s", module)
		}
		if _, err := lib.Compile(module, src); err != nil {
			t.Error(err)
		}
		header, _, _ := strings.Cut(src, "\n\n")
		for _, want := range []string{rows, `require "` + module + `"`, "LCGI_PREPEND", "-- What differs from "} {
			if !strings.Contains(header, want) {
				t.Errorf("the header of %s lacks %q", module, want)
			}
		}
	}
	for _, module := range []string{"", "lasso", "compat.", "compat.Lasso", "compat/lasso", "time"} {
		if src, ok := compat.Source(module); ok || src != "" {
			t.Errorf("there is a module %q", module)
		}
	}
}
