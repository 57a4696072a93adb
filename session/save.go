package session

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
)

// Save stores data, the encoding of a table by an [Encoder], and notes the
// session's use. If data is what is stored already, only the use is noted. If
// the session is new, or was reset, and data is [EmptyTable], and it has no private
// folder, nothing is stored at all. A pending rotation is done. The session
// stays open and locked.
//
// An error means that the store holds what it held before. It is a [*FullError]
// if the session is new and there are as many as there may be. The caller must
// not modify data afterwards.
func (s *Session) Save(ctx context.Context, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	if len(data) == 0 {
		data = []byte(EmptyTable)
	}
	if !s.keeps(data) {
		if err := s.removeRecord(ctx); err != nil {
			return s.wrap(err)
		}
		s.settleFolders(ctx)
		return nil
	}
	next := s.cur
	next.data, next.stored = data, true
	next.meta.LastUse = s.engine.cfg.Now()
	if max := next.meta.MaxLifetime; max > 0 && next.meta.Created.Sub(next.meta.LastUse) > max {
		// It was created while the clock was far ahead, and would never end.
		next.meta.Created = next.meta.LastUse
	}
	next.lastHit = next.meta.LastUse
	write := s.write
	if s.inPlace && s.cur.id != s.kept.id {
		write = s.move
	}
	var err error
	if s.kept.stored {
		err = write(ctx, &next)
	} else {
		err = s.engine.enter(ctx, func(ctx context.Context) error { return write(ctx, &next) })
	}
	if err != nil {
		return s.wrap(err)
	}
	s.cur, s.kept, s.inPlace = next, next, true
	s.settleFolders(ctx)
	return nil
}

// write stores the next state under its id, which is that of the record in place,
// if there is one.
func (s *Session) write(ctx context.Context, next *state) error {
	if s.cur.stored && bytes.Equal(next.data, s.kept.data) {
		return s.record.Touch(ctx, next.meta)
	}
	if s.record != nil {
		return s.record.Save(ctx, next.data, next.meta)
	}
	record, err := s.create(ctx, next)
	if err != nil {
		return err
	}
	s.record = record
	return nil
}

// create stores the state under its id, which is new, and returns the locked
// record. Nobody else knows the id, so anything found in its place means that it
// is not random.
func (s *Session) create(ctx context.Context, next *state) (Record, error) {
	wait, cancel := context.WithTimeout(ctx, DefaultWait)
	defer cancel()
	record, err := s.engine.store.Open(wait, NewKey(s.name, next.id))
	if err != nil {
		return nil, err
	}
	if _, _, err = record.Load(ctx); err == nil {
		err = errors.New("a session with the new id exists already; check the machine's source of random numbers")
	} else if errors.Is(err, fs.ErrNotExist) {
		err = record.Save(ctx, next.data, next.meta)
	}
	if err != nil {
		record.Close()
		return nil, err
	}
	return record, nil
}
