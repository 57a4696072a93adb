package shell_test

import (
	"os/exec"
	"testing"

	"lcgi/lua/shell"
)

// TestQuote has a shell say what it reads.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"/srv/site/a_b-c.lc": "/srv/site/a_b-c.lc", "": "''", "my types": "'my types'", "it's": `'it'\''s'`, "'": `''\'''`, "~": "'~'",
		"a\nb": "'a\nb'", "$(id)`id`": "'$(id)`id`'", "*": "'*'", "ü": "'ü'", `\`: `'\'`, "a;b&c|d<e>#f!": "'a;b&c|d<e>#f!'", "a=b": "'a=b'",
	} {
		got := shell.Quote(text)
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
		if out, err := exec.Command("/bin/sh", "-c", "printf %s "+got).Output(); err != nil || string(out) != text {
			t.Errorf("%s is %q to the shell, %v", got, out, err)
		}
	}
}
