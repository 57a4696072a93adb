package lua

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	asked    session.Options // with which it was started
	over     bool            // stopped, aborted or deleted: the end of the page does nothing
	rotated  bool            // it has a new id that the store does not know yet
	renewed  bool            // the page has given it a new id
	prepared bool            // what is to be called before the end of the page was called
	cookie   cgi.Cookie      // without its value
	tracking tracking
	linked   bool              // the request came by a link that carries an id for it
	decorate bool              // links of this answer carry the id
	before   []*glua.LFunction // called before the data is saved

	preparing bool // they are being called
}

// renewing reports whether the cookie outlives the browser: each use sends it anew.
func (p *pageSession) renewing() bool { return p.cookie.MaxAge != 0 }

// startOptions are what a page says of the session it starts.
type startOptions struct {
	session.Options
	savePath string
	cookie   cgi.Cookie
	tracking tracking

	cookieOptions *glua.LTable // what the page says of the cookie; nil if nothing
	trackSet      bool         // the page says how it is tracked
}

// find returns the open session that the options mean. One that was started
// read-only is not what a page means that now wants to write.
func (s *sessions) find(opt startOptions) *pageSession {
	for _, p := range slices.Backward(s.started) {
		if p.Name() == opt.Name && p.savePath == opt.savePath && !p.over && (opt.ReadOnly || !p.asked.ReadOnly) {
			return p
		}
	}
	return nil
}

// named returns the open session of that name that was started last; without a
// name the one whose data is _SESSION. It is nil if there is none.
func (s *sessions) named(name string) *pageSession {
	if name == "" {
		if s.current != nil && !s.current.over {
			return s.current
		}
		return nil
	}
	for _, p := range slices.Backward(s.started) {
		if p.Name() == name && !p.over {
			return p
		}
	}
	return nil
}

// candidates returns the ids to try for a session: those that this request has
// given out, which the browser does not know yet, those of its cookies, and
// those of its links, as far as the session is tracked that way. Linked tells
// that there are some of the last kind.
func (s *sessions) candidates(run *run, opt startOptions) (ids []string, linked bool, err error) {
	for _, p := range s.started {
		if p.Name() == opt.Name && p.savePath == opt.savePath && p.Stored() {
			ids = append(ids, p.ID())
		}
	}
	if opt.tracking.cookie {
		ids = append(ids, run.r.CookieValues(opt.cookie.Name)...)
	}
	if opt.tracking.link || opt.tracking.parameter != "" {
		inLink, err := linkedIDs(run.r, opt.Name, opt.tracking.parameter)
		if err != nil {
			return nil, false, err
		}
		ids, linked = append(ids, inLink...), len(inLink) > 0
	}
	return ids, linked, nil
}

// secondWait returns how long to wait for a session while others are locked
// already. Another request may hold the one and wait for ours; that one of the
// two gives up well before the other lets the other go on. It is the one that
// locks against the order of the names.
func (s *sessions) secondWait(run *run, opt startOptions) time.Duration {
	if len(run.updating) > 0 {
		return time.Duration(0.4 * float64(opt.Wait)) // shared variables come after all sessions
	}
	share := 1.0
	for _, p := range s.started {
		switch {
		case p.over || p.asked.ReadOnly:
		case cmp.Or(strings.Compare(p.Name(), opt.Name), strings.Compare(p.savePath, opt.savePath)) > 0:
			return time.Duration(0.4 * float64(opt.Wait))
		default:
			share = 0.9
		}
	}
	return time.Duration(share * float64(opt.Wait))
}

// start returns the session that the options and the request lead to. One of
// that name that is open already is returned as it is.
func (s *sessions) start(L *glua.LState, run *run, opt startOptions) (*pageSession, error) {
	if opt.Name == "" {
		opt.Name = session.DefaultName
	}
	if p := s.find(opt); p != nil {
		return p, p.change(L, opt)
	}
	if at := run.w.FlushedAt(); at != "" {
		return nil, fmt.Errorf("a session cannot be started after response.flush() in %s has sent the headers; start it before", at)
	}
	if opt.cookie.Name == "" {
		opt.cookie.Name = opt.Name
	}
	if opt.tracking.cookie {
		// Now, where the page says it, and not at its end.
		if err := opt.cookie.Check(); err != nil {
			return nil, err
		}
		for _, p := range s.started {
			other := p.Name() != opt.Name || p.savePath != opt.savePath
			if other && (!p.over || p.Stored()) && p.tracking.cookie && p.cookie.Name == opt.cookie.Name {
				return nil, fmt.Errorf("the sessions %s and %s cannot both have the cookie %s; give one of them another cookie name", p.Name(), opt.Name, p.cookie.Name)
			}
		}
	}
	engine, err := s.engine(run, opt.savePath)
	if err != nil {
		return nil, err
	}
	linked := false
	if opt.Candidates, linked, err = s.candidates(run, opt); err != nil {
		return nil, err
	}
	if _, ok := run.requestedFile(opt.Name); ok {
		// A download must not keep the visitor's other requests waiting.
		opt.ReadOnly = true
	}
	if opt.Wait == 0 {
		opt.Wait = run.engine.cfg.SessionWait
	}
	if opt.Wait > 0 {
		opt.Wait = s.secondWait(run, opt)
	}
	started, err := engine.Start(run.ctx, opt.Options)
	if err != nil {
		return nil, sessionError(err)
	}
	p := &pageSession{
		Session:  started,
		savePath: opt.savePath,
		asked:    opt.Options,
		rotated:  started.Result() == session.ResultRotate,
		cookie:   opt.cookie,
		tracking: opt.tracking,
		linked:   linked,
	}
	// Who sends the cookie back needs no decorated links.
	cameBack := slices.Contains(run.r.CookieValues(opt.cookie.Name), started.Presented())
	p.decorate = opt.tracking.link && !(opt.tracking.auto && cameBack)
	if p.data, err = decodeTable(L, started.Data()); err != nil {
		started.Close()
		return nil, fmt.Errorf("the session %s cannot be read: %w", opt.Name, err)
	}
	// It takes the place of what the page has stopped before.
	s.started = append(slices.DeleteFunc(s.started, func(q *pageSession) bool {
		return q.over && q.Name() == p.Name() && q.savePath == p.savePath
	}), p)
	noStore(run.w)
	return p, nil
}

// change gives an open session what a second start of it asks for: lifetimes and
// what the cookie is like. What else it asks for must be so already. Of a session
// that is only read nothing is stored, so lifetimes are no matter there.
func (p *pageSession) change(L *glua.LState, opt startOptions) error {
	for _, c := range []struct {
		option string
		wrong  bool
	}{
		{"id", opt.ID != "" && opt.ID != p.ID() && opt.ID != p.Presented() && opt.ID != p.asked.ID},
		{"track", opt.trackSet && opt.tracking != p.tracking},
		{"rotate", opt.Rotate && !p.asked.Rotate},
		{"keepId", opt.KeepID && !p.asked.KeepID},
	} {
		if c.wrong {
			return fmt.Errorf("the session %s is open on this page already, and not with this %s; give it where the session is started first, or stop that one before", p.Name(), c.option)
		}
	}
	if p.asked.ReadOnly {
		return nil
	}
	if opt.Lifetime != 0 {
		if err := p.SetLifetime(opt.Lifetime); err != nil {
			return err
		}
	}
	if opt.MaxLifetime != 0 {
		if err := p.SetMaxLifetime(opt.MaxLifetime); err != nil {
			return err
		}
	}
	if opt.cookieOptions != nil {
		cookie := p.cookie
		readSessionCookie(L, opt.cookieOptions, &cookie)
		if cookie.Name != p.cookie.Name || cookie.Path != p.cookie.Path || cookie.Domain != p.cookie.Domain {
			return fmt.Errorf("the session %s is open on this page already: name, path and domain of its cookie cannot be changed any more; give them where it is started first", p.Name())
		}
		p.cookie = cookie
		return p.cookie.Check()
	}
	return nil
}

// engine returns the engine of a save path, which is swept when the page ends.
func (s *sessions) engine(run *run, savePath string) (*session.Engine, error) {
	engine, err := run.engine.sessions(savePath, run.script.Root)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.engines, engine) {
		s.engines = append(s.engines, engine)
	}
	return engine, nil
}

// sessionError gives an error of the session engine the answer that fits it.
func sessionError(err error) error {
	var busy *session.BusyError
	switch {
	case errors.As(err, &busy):
		return unavailable("the visitor's session is in use by another request", busy.Waited, err)
	case errors.Is(err, session.ErrFull):
		return unavailable("there are as many sessions as LCGI_SESSION_MAX allows", time.Minute, err)
	}
	return err
}

// unavailable is the answer 503 that asks to come back later.
func unavailable(reason string, later time.Duration, err error) error {
	return &cgi.StatusError{
		Status: 503,
		Reason: reason,
		Header: []cgi.Field{{Name: "Retry-After", Value: strconv.Itoa(int(math.Ceil(max(1, later.Seconds()))))}},
		Err:    err,
	}
}

// noStore keeps answers that depend on the visitor out of shared caches. How long the
// visitor's own browser keeps them is for the page to say.
func noStore(w *cgi.Response) {
	w.SetPersonal()
	if w.Header("Cache-Control") == "" {
		w.SetHeader("Cache-Control", "private, no-cache")
	}
}

// savePath returns the folder that a page means by sessionSavePath.
func (run *run) savePath(path string) string {
	if path == "" {
		return run.engine.cfg.SessionSavePath
	}
	return filepath.Clean(run.machine.Path(path))
}
