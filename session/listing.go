package session

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Count returns the number of live sessions in the store.
func (e *Engine) Count(ctx context.Context) (int, error) { return e.count(ctx, false) }

// count counts the sessions that are not expired, and with inUse also those that
// are and that a request is using.
func (e *Engine) count(ctx context.Context, inUse bool) (n int, err error) {
	now := e.cfg.Now()
	err = e.store.Each(ctx, func(info Info) error {
		if info.Damaged == nil && info.Meta.Kind == KindSession &&
			(!info.Meta.Expired(now) || inUse && info.InUse()) {
			n++
		}
		return nil
	})
	return n, err
}

// Each calls fn for every record of the store; see [Store].
func (e *Engine) Each(ctx context.Context, fn func(Info) error) error {
	return e.store.Each(ctx, fn)
}

// View returns what is stored under key, without the record's lock; see [Store].
func (e *Engine) View(ctx context.Context, key Key) (data []byte, meta Meta, err error) {
	return e.store.View(ctx, key)
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
	if err := record.Delete(ctx); err != nil {
		return err
	}
	if meta.Kind == KindSession && !meta.Expired(e.cfg.Now()) {
		e.leave(ctx)
	}
	if private != nil {
		if err := private.remove(ctx); err != nil {
			return fmt.Errorf("the session is removed, its private folder is not: %w", err)
		}
	}
	return nil
}
