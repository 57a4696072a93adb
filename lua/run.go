package lua

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
	"lcgi/template"
)

// A run is one request on its way through a page.
type run struct {
	engine    *Engine
	w         *cgi.Response
	r         *cgi.Request
	script    cgi.Script
	site      *site
	machine   *vm.Machine
	sessions  sessions
	end       *serverEnd
	ctx       context.Context // of main, for the store calls pages make
	cursor    template.Cursor // where in the HTML the output stands
	includes  int             // how deep includes are nested
	finishing bool            // the page has ended, and its sessions are being saved
	updating  map[string]bool // the shared variables that shared.update is at
	uploads   []*glua.LTable  // what pages see of the files of the request
	sending   io.Closer       // the file that the answer is, until it is sent
}

func newRun(e *Engine, w *cgi.Response, r *cgi.Request, script cgi.Script, end *serverEnd) *run {
	run := &run{engine: e, w: w, r: r, script: script, end: end}
	run.site = newSite(e, script.Root)
	run.machine = vm.New(e.library, vm.Config{
		Output:  pageWriter{run},
		Input:   &bodyReader{r: r},
		Log:     logWriter{run},
		Dir:     filepath.Dir(script.File),
		Getenv:  run.getenv,
		Check:   checkCode,
		Require: run.findModule,
	})
	run.machine.Host = run
	return run
}

// runOf returns the run that L belongs to.
func runOf(L *glua.LState) *run { return vm.Of(L).Host.(*run) }

// main runs the page and saves its sessions. It is called once.
func (run *run) main(ctx context.Context) error {
	run.ctx = ctx
	p, err := run.site.page(run.script.File)
	if err != nil {
		return err
	}
	if typ := p.page.ContentType; typ != "" {
		if err := run.w.SetHeader("Content-Type", typ); err != nil {
			return err
		}
	}
	programs := []*Program{p}
	if run.engine.cfg.Prepend != "" {
		first, err := run.site.prepended()
		if err != nil {
			return err
		}
		programs = []*Program{first, p}
	}
	err = run.machine.Protect(ctx, func(L *glua.LState) {
		for _, p := range programs {
			L.Push(run.load(L, p))
			L.Call(0, 0)
		}
	})
	if err != nil {
		return err
	}
	run.finishing = true
	return run.sessions.finish(ctx, run)
}

// close gives up what the run holds: sessions that were not saved keep their
// old state. Calls after the first do nothing.
func (run *run) close() {
	run.sessions.close()
	run.machine.Close()
	run.site.close()
}

// sweep clears away dead sessions now and then. The answer has been sent.
func (run *run) sweep(ctx context.Context) {
	for _, engine := range run.sessions.engines {
		// The page's time may be over; the sweep has a limit of its own.
		engine.MaybeSweep(context.WithoutCancel(ctx))
	}
}

func (run *run) getenv(name string) (string, bool) {
	if value, ok := run.r.Env[name]; ok {
		return value, true
	}
	if name == "HTTP_PROXY" { // a header of the client's (CVE-2016-5385)
		return "", false
	}
	return os.LookupEnv(name)
}

// bodyReader is the request body as io.read sees it.
type bodyReader struct {
	r    *cgi.Request
	rest *bytes.Reader // nil until the first read
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.rest == nil {
		body, err := b.r.Body()
		if err != nil {
			return 0, err
		}
		b.rest = bytes.NewReader(body)
	}
	return b.rest.Read(p)
}

// logWriter takes what a page writes to io.stderr, and what its commands write there.
type logWriter struct{ run *run }

// Write makes p one line, of which it tells as much as of a message of module log.
func (l logWriter) Write(p []byte) (int, error) {
	text, more := p, ""
	if len(p) > maxMessage {
		text, more = p[:maxMessage], fmt.Sprintf("… (%d bytes)", len(p))
	}
	l.run.engine.cfg.Logf("%s: %s: %q%s", l.run.r.ID(), cgi.OneLine(l.run.script.Name), text, more)
	return len(p), nil
}
