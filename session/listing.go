package session

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// listTime is the longest time that a request spends on going through the whole store for
// the sake of all. It is less than what others wait for a lock meanwhile, and not
// that of the page: where a page has less than it takes, it would never be done.
const listTime = 3 * time.Second

// Count returns the number of live sessions in the store.
func (e *Engine) Count(ctx context.Context) (int, error) { return e.count(ctx, false) }

// count counts the sessions that are not expired. With safely it counts also those
// that are and that a request is using, and the forwards that are made meanwhile: behind
// each of them may be a session that went from where it had not been seen to where
// it is not seen any more. After an error n is the number of those seen.
func (e *Engine) count(ctx context.Context, safely bool) (n int, err error) {
	began := e.cfg.Now()
	counts := func(info Info) bool {
		switch {
		case info.Damaged != nil:
			return false
		case info.Meta.Kind == KindSession:
			return !info.Meta.Expired(began) || safely && info.InUse()
		}
		// Times are stored in microseconds.
		return safely && info.Meta.Kind == KindForward && !info.Meta.Created.Before(began.Truncate(time.Microsecond))
	}
	err = e.store.Each(ctx, func(info Info) error {
		if counts(info) {
			n++
		}
		return nil
	})
	return n, err
}

// Each calls fn for every record of the store; see [Store]. Info.Read returns the data of
// a shared variable as [Shared.Get] does, while Info.Size is that of its name, too.
func (e *Engine) Each(ctx context.Context, fn func(Info) error) error {
	return e.store.Each(ctx, func(info Info) error {
		if read := info.Read; info.Meta.Kind == KindVariable {
			info.Read = func() ([]byte, error) {
				data, err := read()
				if err == nil {
					_, data, err = unpackVariable(info.Key, data)
				}
				return data, err
			}
		}
		return fn(info)
	})
}

// View returns what is stored under key, without the record's lock; see [Store]. The
// data of a shared variable is as [Shared.Get] returns it.
func (e *Engine) View(ctx context.Context, key Key) (data []byte, meta Meta, err error) {
	data, meta, err = e.store.View(ctx, key)
	if err == nil && meta.Kind == KindVariable {
		_, data, err = unpackVariable(key, data)
	}
	return data, meta, err
}

// Remove deletes what is stored under key, whatever it is, and the private folder
// of a session. It waits for the record's lock until ctx ends, and then
// returns a [*BusyError]. Where nothing is stored the error wraps
// [io/fs.ErrNotExist].
func (e *Engine) Remove(ctx context.Context, key Key) error {
	began := time.Now()
	record, err := e.store.Find(ctx, key)
	if errors.Is(err, context.DeadlineExceeded) {
		return &BusyError{Kind: KindSession, Name: key.String(), Waited: time.Since(began)}
	}
	if err != nil {
		return err
	}
	defer record.Close()
	_, meta, err := record.Load(ctx)
	if err != nil {
		return err
	}
	var private *folder
	if meta.Folder != "" && e.folders != nil {
		// Where it is gone or another session's, there is nothing to remove.
		private, _ = e.folders.claim(ctx, meta.Folder, key)
	}
	if private != nil {
		defer private.release()
	}
	remove := func() error { return record.Delete(ctx) }
	if meta.Kind == KindSession && !meta.Expired(e.cfg.Now()) {
		err = e.leave(ctx, remove)
	} else {
		err = remove()
	}
	if err != nil {
		return err
	}
	if private != nil {
		if err := private.remove(ctx); err != nil {
			return fmt.Errorf("the session is removed, its private folder is not: %w", err)
		}
	}
	return nil
}
