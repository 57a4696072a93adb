package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sweep removes the private folders whose session is gone, expired or names another
// one, and goes on with those whose removal was interrupted, until it is through or
// ctx ends. It returns the first error that it met; an error does not end it.
func (f *folders) sweep(ctx context.Context, store Store, now time.Time) error {
	root, err := openRoot(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(root)
	w := &folderSweep{folders: f, store: store, now: now}
	names, err := shardNames(root)
	if err != nil {
		return fmt.Errorf("list the private folders in %s: %w", f.dir, err)
	}
	var firstErr error
	for _, name := range fromAnywhere(names) {
		if ctx.Err() != nil {
			break
		}
		err := w.shard(ctx, root, name)
		if err != nil && firstErr == nil {
			firstErr = err
		}
	}
	return firstErr
}

// folderSweep is one pass over the private folders.
type folderSweep struct {
	*folders
	store Store
	now   time.Time
}

// shard sweeps one subfolder, from a random place on.
func (w *folderSweep) shard(ctx context.Context, root int, name string) error {
	shard, err := openFolder(root, name)
	if err != nil {
		return ignoreNotExist(err)
	}
	defer unix.Close(shard)
	names, err := folderNames(shard)
	if err != nil {
		return err
	}
	var firstErr error
	for _, file := range fromAnywhere(names) {
		if ctx.Err() != nil {
			break
		}
		if err := w.entry(ctx, shard, file); err != nil && !errors.Is(err, fs.ErrNotExist) && firstErr == nil {
			firstErr = w.errorAt("sweep", file, err)
		}
	}
	return firstErr
}

// entry sweeps what has that name. What we would not have made is left alone.
func (w *folderSweep) entry(ctx context.Context, shard int, name string) error {
	if dead, ok := strings.CutSuffix(name, deadSuffix); ok && isFolderName(dead) {
		return w.removeDead(ctx, shard, dead)
	}
	if owned, ok := strings.CutSuffix(name, ownerSuffix); ok && isFolderName(owned) {
		// No lock is held while what is in the folder is removed.
		if buried, err := w.buryOwned(ctx, shard, owned); !buried || err != nil {
			return err
		}
		return w.removeDead(ctx, shard, owned)
	}
	if isFolderName(name) {
		return w.ownerless(ctx, shard, name)
	}
	return nil
}

// ownerless removes a folder whose owner file somebody has removed. We make
// the owner file first and remove it last.
func (w *folderSweep) ownerless(ctx context.Context, shard int, name string) error {
	var st unix.Stat_t
	if unix.Fstatat(shard, name+ownerSuffix, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
		return nil
	}
	if err := unix.Fstatat(shard, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || !w.old(&st) {
		return err
	}
	if err := w.bury(shard, name); err != nil {
		return err
	}
	return w.removeDead(ctx, shard, name)
}

// buryOwned gives a folder its dead name if it belongs to no live session and no page
// uses it.
func (w *folderSweep) buryOwned(ctx context.Context, shard int, name string) (buried bool, err error) {
	owner, err := w.openOwner(shard, name)
	if err != nil {
		return false, err
	}
	defer func() { unlock(owner) }()
	if locked, err := tryLock(owner); !locked || !inPlace(shard, name+ownerSuffix, owner) {
		return false, err
	}
	keys, err := w.readOwners(owner)
	if err != nil {
		return false, err
	}
	if keys == [2]Key{} {
		// It is being made, or who made it was killed.
		var st unix.Stat_t
		if err := unix.Fstat(owner, &st); err != nil || !w.old(&st) {
			return false, err
		}
	}
	for _, key := range keys {
		if key == (Key{}) {
			continue
		}
		record, owns, err := w.owns(ctx, key, name)
		if record != nil {
			// An expired session that is not in use now must not be taken into use
			// before its folder has got another name.
			defer record.Close()
		}
		if owns || err != nil {
			return false, err
		}
	}
	return true, w.bury(shard, name)
}

// owns reports whether the session at key is alive, or in use, and names the private
// folder. If it is expired, its lock is returned.
func (w *folderSweep) owns(ctx context.Context, key Key, name string) (Record, bool, error) {
	_, meta, err := w.store.View(ctx, key)
	names := func() bool { return meta.Kind == KindSession && meta.Folder == name }
	if err != nil || !names() {
		return nil, false, gone(err)
	}
	if !meta.Expired(w.now) {
		return nil, true, nil
	}
	wait, cancel := context.WithTimeout(ctx, minWait)
	defer cancel()
	record, err := w.store.Find(wait, key)
	if err != nil {
		return nil, errors.Is(err, context.DeadlineExceeded), gone(err)
	}
	_, meta, err = record.Load(ctx)
	return record, err == nil && names() && !meta.Expired(w.now), gone(err)
}

// gone returns nil for the errors of a store that mean that there is no session, or
// that it is in use.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*CorruptError)) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// old reports whether a file was made so long ago that nobody is making it still.
func (w *folderSweep) old(st *unix.Stat_t) bool {
	return w.now.Sub(time.Unix(st.Ctim.Unix())) > leftoverAge
}
