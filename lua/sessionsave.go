package lua

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	glua "github.com/yuin/gopher-lua"

	"lcgi/session"
)

// prepare calls what the page wants to be called before a session is saved. It
// runs inside the machine.
func (s *sessions) prepare(L *glua.LState, p *pageSession) error {
	if err := s.adopt(L); err != nil {
		return err
	}
	if p.preparing {
		return fmt.Errorf("the session %s cannot be saved by what is called before it is saved; it is saved afterwards", p.Name())
	}
	p.preparing = true
	defer func() { p.preparing = false }()
	for i := 0; i < len(p.before); i++ {
		callBefore(L, p, i)
	}
	return s.adopt(L)
}

func callBefore(L *glua.LState, p *pageSession, i int) {
	L.Push(p.before[i])
	L.Push(sessionObject(L, p))
	L.Call(1, 0)
}

// prepareAll is prepare for all open sessions at the end of a page, also for those
// that are started meanwhile. A function that ends by exit ends only itself.
func (s *sessions) prepareAll(ctx context.Context, run *run) error {
	for {
		i := slices.IndexFunc(s.started, func(p *pageSession) bool { return !p.over && !p.prepared })
		if i < 0 {
			return s.adopt(run.machine.State())
		}
		p := s.started[i]
		p.prepared, p.preparing = true, true
		for j := 0; j < len(p.before) && !p.over; j++ {
			if err := run.machine.Protect(ctx, func(L *glua.LState) { callBefore(L, p, j) }); err != nil {
				return err
			}
		}
		p.preparing = false
	}
}

// save stores sessions and has their cookies sent. What can be known to fail fails
// before the first is stored.
func (s *sessions) save(ctx context.Context, run *run, which ...*pageSession) error {
	encoded := make([][]byte, len(which))
	for i, p := range which {
		var err error
		if encoded[i], err = p.encode(ctx); err != nil {
			return err
		}
	}
	for i, p := range which {
		if p.asked.ReadOnly {
			continue
		}
		if err := p.Save(ctx, encoded[i]); err != nil {
			return sessionError(err)
		}
		p.rotated = false
		if err := p.sendCookie(run); err != nil {
			return err
		}
	}
	return nil
}

// stop saves sessions and gives up their locks.
func (s *sessions) stop(ctx context.Context, run *run, which ...*pageSession) error {
	if err := s.save(ctx, run, which...); err != nil {
		return err
	}
	for _, p := range which {
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
	if p.asked.ReadOnly && !bytes.Equal(data, before) {
		return nil, fmt.Errorf("the session %s was started with readonly=true and then changed, which cannot be kept", p.Name())
	}
	return data, nil
}

// late reports whether the request came with an id that is retired, so that its
// cookie could overwrite that of who has just signed in. A page that itself gives
// the session a new id means it: it signs in a visitor who has clicked twice.
func (p *pageSession) late() bool { return p.Stale() && !p.renewed }

// sendCookie has the cookie of a session that was saved sent where the browser
// lacks it, if there is something stored that it can lead to. Whatever becomes of
// the page now, the visitor must be told.
func (p *pageSession) sendCookie(run *run) error {
	switch {
	case run.w.Committed() || !p.tracking.cookie || !p.Stored() || p.late():
		return nil
	case !p.renewing() && slices.Contains(run.r.CookieValues(p.cookie.Name), p.ID()):
		return nil
	}
	cookie := p.cookie
	cookie.Value, cookie.Lasting = p.ID(), true
	return run.w.SetCookie(cookie)
}

// remove deletes p's data, here and in the store, and its cookie. Where the headers
// have been sent the cookie stays, and leads to nothing.
func (p *pageSession) remove(L *glua.LState, ctx context.Context, run *run) error {
	known := p.Stored()
	if err := p.Delete(ctx); err != nil {
		return err
	}
	p.over = true
	p.data = L.NewTable()
	if run.w.Committed() || !p.tracking.cookie || p.late() || !known && len(run.r.CookieValues(p.cookie.Name)) == 0 {
		return nil
	}
	cookie := p.cookie
	cookie.Lasting = true
	return run.w.DeleteCookie(cookie)
}

// announce sends the ids of sessions with headers that are about to go out
// before the sessions are saved.
func (s *sessions) announce(ctx context.Context, run *run) error {
	for _, p := range s.started {
		if p.over || p.asked.ReadOnly {
			continue
		}
		if p.rotated {
			// The visitor is told the new id now, so it must lead to what is
			// stored, whatever becomes of the rest of the page.
			if err := p.Save(ctx, p.Data()); err != nil {
				return sessionError(err)
			}
			p.rotated = false
		}
		if !p.tracking.cookie || p.late() || !p.renewing() && slices.Contains(run.r.CookieValues(p.cookie.Name), p.ID()) {
			continue
		}
		p.cookie.Value = p.ID()
		if err := run.w.SetCookie(p.cookie); err != nil {
			return err
		}
	}
	return s.decorateAnswer(run, s.linkParams())
}

// finish saves what is open, at the end of a page that did not fail, and gives
// up the locks before the answer is sent: a slow visitor must not hold them.
func (s *sessions) finish(ctx context.Context, run *run) error {
	if err := s.adopt(run.machine.State()); err != nil {
		return atEnd(run, err)
	}
	if err := s.prepareAll(ctx, run); err != nil {
		return atEnd(run, err)
	}
	if run.w.Committed() { // its links were decorated when it was flushed
		return atEnd(run, s.stop(ctx, run, s.open()...))
	}
	// The headers may become too many with what is added: that must be known before
	// sessions are stored, whose visitor is told by the answer that they are.
	location, params := run.w.Header("Location"), s.linkParams()
	if err := s.decorateHeader(run, params, location); err != nil {
		return atEnd(run, err)
	}
	if err := s.stop(ctx, run, s.open()...); err != nil {
		return atEnd(run, err)
	}
	if stored := s.linkParams(); !slices.Equal(stored, params) {
		// A session without data is not stored. Where there is no room for the address
		// without it, the one with an id that leads to nothing does as well.
		params = stored
		_ = s.decorateHeader(run, params, location)
	}
	return s.decorateBody(run, params)
}

// atEnd says of an error, if there is one, that it is of no line of the page.
func atEnd(run *run, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("at the end of %s: %w", run.script.Name, err)
}

// open returns the sessions that are not over.
func (s *sessions) open() []*pageSession {
	return slices.DeleteFunc(slices.Clone(s.started), func(p *pageSession) bool { return p.over })
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
