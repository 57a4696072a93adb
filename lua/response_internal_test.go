package lua

import (
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
)

// TestFailedFlush: a page whose flush fails before anything is sent does not stream, so
// the end of the server stops it where it is.
func TestFailedFlush(t *testing.T) {
	r := cgi.NewRequest(cgi.Env{"REQUEST_METHOD": "GET"}, nil, cgi.Limits{})
	w := cgi.NewResponse(nil, r)
	if err := w.SendContent(cgi.Content{Reader: strings.NewReader("x"), Size: 1}); err != nil {
		t.Fatal(err)
	}
	run := newRun(New(Config{Settings: DefaultSettings()}), w, r, cgi.Script{File: "/p.lc", Root: "/"}, new(serverEnd))
	defer run.close()
	err := run.machine.Protect(t.Context(), func(L *glua.LState) {
		L.Push(L.NewFunction(responseFlush))
		L.Call(0, 0)
	})
	if err == nil || !strings.Contains(err.Error(), "the answer is a file already") || run.end.streams.Load() {
		t.Errorf("streams %v after %v", run.end.streams.Load(), err)
	}
}
