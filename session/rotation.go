package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Rotate gives the session a new id, at once for [Session.ID] and at the next Save
// in the store. From then on, and for the time grace, the old id leads to
// the new one; 0 means that it is dead at once, and 5 minutes are the most. Who comes
// with it too late gets a new session; see [Session.Stale]. If nothing is saved, the
// old id stays and the new one never existed. To have the rotation done where the
// data is the same, save [Session.Data].
//
// A session that is not stored simply gets another id.
func (s *Session) Rotate(grace time.Duration) error {
	if grace < 0 || grace > maxGrace {
		return s.wrap(fmt.Errorf("a retired id cannot live for %v; give 0 to %v", grace, maxGrace))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	id, err := s.engine.newID(s.name)
	if err != nil {
		return s.wrap(err)
	}
	if !s.inPlace {
		if err := s.passFolder(s.cur.meta.Folder, NewKey(s.name, s.cur.id), NewKey(s.name, id)); err != nil {
			return s.wrap(err)
		}
		s.kept.id = id
	}
	s.cur.id, s.grace = id, grace
	return nil
}

// move stores the next state under its new id and retires the one in place. Who
// is killed in between leaves, after each step:
//
//   - the record under the new id: the old record is intact and leads on. The
//     new one is garbage that nobody can reach, as nobody was told its id; it
//     expires.
//   - the new key in the owner file of the private folder: the same; see folder.
//   - the forward in the place of the old record, which is one step of the store:
//     everything.
//
// The lock of the old record is held all the time. So nobody saves the old state
// meanwhile, and who waits for it finds the forward.
func (s *Session) move(ctx context.Context, next *state) error {
	record, err := s.create(ctx, next)
	if err != nil {
		return err
	}
	from, to := NewKey(s.name, s.kept.id), NewKey(s.name, next.id)
	if err = s.passFolder(next.meta.Folder, from, to); err == nil {
		err = s.retire(ctx, next)
	}
	if err != nil {
		err = errors.Join(err, s.takeBack(ctx, record, from))
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	s.retired = append(s.retired, from)
	// The old record is done with; its lock is all there is to lose.
	_ = s.release()
	s.record = record
	return nil
}

// retire puts the forward in the place of the old record.
func (s *Session) retire(ctx context.Context, next *state) error {
	data := forwardData(s.name, s.kept.id, next.id, s.grace)
	// A count that has not seen the new record began before this time; see limit.
	return s.record.Save(ctx, data, forwardMeta(s.name, s.engine.cfg.Now(), s.grace))
}

// errMoved reports that an id was retired although the store returned an error.
var errMoved = errors.New("the session was moved all the same")

// takeBack deletes the new record after the old one could not be retired. But
// the error of a store that is far away may mean that nobody knows; so the
// new record goes only if the old one is seen in its place. It returns errMoved if
// the old one has been retired.
func (s *Session) takeBack(ctx context.Context, record Record, old Key) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), DefaultWait)
	defer cancel()
	_, meta, err := s.engine.store.View(ctx, old)
	switch {
	case err == nil && meta.Kind == KindForward, errors.Is(err, fs.ErrNotExist):
		return errMoved
	case err == nil:
		err = record.Delete(ctx)
	default:
		err = fmt.Errorf("look whether the old id is retired: %w", err)
	}
	return errors.Join(err, record.Close())
}

// removeForwards deletes the forwards that this session has left in the store.
// They lead to nothing, so that it is no matter where that fails.
func (s *Session) removeForwards(ctx context.Context) {
	for _, key := range s.retired {
		_ = s.removeForward(ctx, key)
	}
	s.retired = nil
}

func (s *Session) removeForward(ctx context.Context, key Key) error {
	wait, cancel := context.WithTimeout(ctx, 10*minWait)
	defer cancel()
	record, err := s.engine.store.Find(wait, key)
	if err != nil {
		return err
	}
	defer record.Close()
	if _, meta, err := record.Load(ctx); err != nil || meta.Kind != KindForward {
		return err
	}
	return record.Delete(ctx)
}
