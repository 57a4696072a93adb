package lua

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/session"
)

// sessions are those a run has started.
type sessions struct {
	started []*pageSession    // in the order of their start
	current *pageSession      // the one whose data is _SESSION; nil before the first
	engines []*session.Engine // that were used, to be swept now and then
}

// A pageSession is a session as a page holds it.
type pageSession struct {
	*session.Session
	data     *glua.LTable
	savePath string
	readonly bool
	over     bool       // stopped, aborted or deleted: the end of the page does nothing
	cookie   cgi.Cookie // without its value
	keep     bool       // the cookie outlives the browser: each use sends it anew
}

// startOptions are what a page says of the session it starts.
type startOptions struct {
	session.Options
	savePath string
	cookie   cgi.Cookie
}

// find returns the open session that the options mean. One that was started
// read-only is not what a page means that now wants to write.
func (s *sessions) find(opt startOptions) *pageSession {
	for _, p := range s.started {
		if p.Name() == opt.Name && p.savePath == opt.savePath && !p.over && (opt.ReadOnly || !p.readonly) {
			return p
		}
	}
	return nil
}

// candidates returns the ids to try for a session: those that this request has
// given out, which the browser does not know yet, and those of its cookies.
func (s *sessions) candidates(run *run, opt startOptions) []string {
	var ids []string
	for _, p := range s.started {
		if p.Name() == opt.Name && p.savePath == opt.savePath && p.Stored() {
			ids = append(ids, p.ID())
		}
	}
	return append(ids, run.r.CookieValues(opt.Name)...)
}

// holdsLock reports whether a session is open that others may be waiting for.
func (s *sessions) holdsLock() bool {
	return slices.ContainsFunc(s.started, func(p *pageSession) bool { return !p.over && !p.readonly })
}

// start returns the session that the options and the request's cookies lead
// to. One of that name that is open already is returned as it is.
func (s *sessions) start(L *glua.LState, run *run, opt startOptions) (*pageSession, error) {
	if at := run.w.FlushedAt(); at != "" {
		return nil, fmt.Errorf("a session cannot be started after response.flush() in %s has sent the headers; start it before", at)
	}
	if opt.Name == "" {
		opt.Name = session.DefaultName
	}
	if p := s.find(opt); p != nil {
		return p, nil
	}
	opt.cookie.Name = opt.Name
	if rel, err := filepath.Rel(run.script.Root, opt.savePath); opt.savePath != "" && err == nil && filepath.IsLocal(rel) {
		return nil, fmt.Errorf("the session folder %s is below the document root %s, where visitors can fetch its files; name one outside", opt.savePath, run.script.Root)
	}
	engine, err := run.engine.sessions(opt.savePath, run.script.Root)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.engines, engine) {
		s.engines = append(s.engines, engine)
	}
	opt.Candidates = s.candidates(run, opt)
	if opt.Wait == 0 {
		opt.Wait = run.engine.cfg.SessionWait
	}
	if s.holdsLock() && opt.Wait > 0 {
		// Another request may hold this session and wait for ours. That one of
		// the two gives up earlier lets the other go on.
		opt.Wait = time.Duration(float64(opt.Wait) * (0.3 + 0.6*rand.Float64()))
	}
	started, err := engine.Start(run.ctx, opt.Options)
	if err != nil {
		return nil, startError(err)
	}
	p := &pageSession{Session: started, savePath: opt.savePath, readonly: opt.ReadOnly, cookie: opt.cookie, keep: opt.cookie.MaxAge != 0}
	if p.data, err = decodeTable(L, started.Data()); err != nil {
		started.Close()
		return nil, fmt.Errorf("the session %s cannot be read: %w", opt.Name, err)
	}
	s.started = append(s.started, p)
	noStore(run.w)
	return p, nil
}

// startError gives an error of the session engine the answer that fits it.
func startError(err error) error {
	var busy *session.BusyError
	if !errors.As(err, &busy) {
		return err
	}
	retry := strconv.Itoa(int(math.Ceil(max(1, busy.Waited.Seconds()))))
	return &cgi.StatusError{
		Status: 503,
		Reason: "the visitor's session is in use by another request",
		Header: []cgi.Field{{Name: "Retry-After", Value: retry}},
		Err:    err,
	}
}

// noStore keeps answers that depend on the visitor out of shared caches, unless
// the page has said what it wants.
func noStore(w *cgi.Response) {
	if w.Header("Cache-Control") == "" {
		w.SetHeader("Cache-Control", "private, no-cache")
	}
}

// stop saves sessions and gives up their locks. Either all that can be known
// to fail fails before the first is saved, or all are saved.
func (s *sessions) stop(ctx context.Context, run *run, which ...*pageSession) error {
	encoded := make([][]byte, len(which))
	for i, p := range which {
		var err error
		if encoded[i], err = p.encode(ctx); err != nil {
			return err
		}
		if err := p.sendCookie(run, encoded[i]); err != nil {
			return err
		}
	}
	for i, p := range which {
		if !p.readonly {
			if err := p.Save(ctx, encoded[i]); err != nil {
				return err
			}
		}
		p.over = true
		if err := p.Close(); err != nil {
			return err
		}
	}
	return nil
}

// encode returns the encoding of p's data. A read-only session must not have
// been changed: the page would take for kept what is not.
func (p *pageSession) encode(ctx context.Context) ([]byte, error) {
	data, err := encodeTable(ctx, p.data)
	if err != nil {
		return nil, err
	}
	before := p.Data()
	if len(before) == 0 {
		before = []byte(session.EmptyTable)
	}
	if p.readonly && !bytes.Equal(data, before) {
		return nil, fmt.Errorf("the session %s was started with readonly=true and then changed, which cannot be kept", p.Name())
	}
	return data, nil
}

// sendCookie has the cookie sent where the browser lacks it, if there is going
// to be something stored that it can lead to.
func (p *pageSession) sendCookie(run *run, data []byte) error {
	switch {
	case run.w.Committed() || p.readonly:
		return nil
	case !p.Stored() && string(data) == session.EmptyTable:
		return nil
	case !p.keep && slices.Contains(run.r.CookieValues(p.Name()), p.ID()):
		return nil
	}
	p.cookie.Value = p.ID()
	return run.w.SetCookie(p.cookie)
}

// remove deletes p's data, here and in the store, and its cookie.
func (p *pageSession) remove(L *glua.LState, ctx context.Context, run *run) error {
	if len(run.r.CookieValues(p.Name())) > 0 || p.Stored() {
		if err := run.w.DeleteCookie(p.cookie); err != nil {
			return err
		}
	}
	if err := p.Delete(ctx); err != nil {
		return err
	}
	p.over = true
	p.data = L.NewTable()
	return nil
}

// announce sends the cookies of new sessions with headers that are about to
// go out before the sessions are saved.
func (s *sessions) announce(run *run) error {
	for _, p := range s.started {
		if p.over || p.readonly || slices.Contains(run.r.CookieValues(p.Name()), p.ID()) {
			continue
		}
		p.cookie.Value = p.ID()
		if err := run.w.SetCookie(p.cookie); err != nil {
			return err
		}
	}
	return nil
}

// finish saves what is open, at the end of a page that did not fail, and gives
// up the locks before the answer is sent: a slow visitor must not hold them.
func (s *sessions) finish(ctx context.Context, run *run) error {
	if err := s.adopt(run.machine.State()); err != nil {
		return err
	}
	open := slices.DeleteFunc(slices.Clone(s.started), func(p *pageSession) bool { return p.over })
	if err := s.stop(ctx, run, open...); err != nil {
		return fmt.Errorf("at the end of %s: %w", run.script.Name, err)
	}
	return nil
}

// close gives up all locks and saves nothing.
func (s *sessions) close() {
	for _, p := range s.started {
		p.over = true
		p.Close()
	}
}

// adopt takes over the table that the page has assigned to _SESSION.
func (s *sessions) adopt(L *glua.LState) error {
	if s.current == nil || s.current.over {
		return nil
	}
	switch v := global(L, "_SESSION").(type) {
	case *glua.LTable:
		s.current.data = v
	case *glua.LNilType:
		s.current.data = L.NewTable()
	default:
		return fmt.Errorf("_SESSION is a %s; it must be a table to be saved", v.Type())
	}
	return nil
}

// savePath returns the folder that a page means by sessionSavePath.
func (run *run) savePath(path string) string {
	if path == "" {
		return run.engine.cfg.SessionSavePath
	}
	if filepath.IsAbs(path) {
		return path
	}
	return run.machine.Path(path)
}
