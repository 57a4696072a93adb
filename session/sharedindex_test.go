package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lcgi/session"
)

// keysOf returns the keys of the records of a kind.
func (p *place) keysOf(t *testing.T, kind session.Kind) (keys []session.Key) {
	t.Helper()
	err := p.store.Each(t.Context(), func(info session.Info) error {
		if info.Damaged == nil && info.Meta.Kind == kind {
			keys = append(keys, info.Key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (p *place) pathOf(key session.Key) string {
	return filepath.Join(p.dir, key.String()[:2], key.String())
}

// manyVariables stores n variables, whose names are in many buckets, and returns those.
func (p *place) manyVariables(t *testing.T, n int) []string {
	t.Helper()
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("variable %d", i))
		setShared(t, p.Shared(), names[i], some)
	}
	slices.Sort(names)
	return names
}

// A new name is a small change, however many there are.
func TestSharedBuckets(t *testing.T) {
	p := newPlace(t)
	names := p.manyVariables(t, 500)
	wantKeys(t, p.Shared(), names...)
	index := p.keysOf(t, session.KindIndex)
	if len(index) != 64 {
		t.Errorf("the names are in %d records", len(index))
	}
	for _, key := range index {
		if data, _, err := p.store.View(t.Context(), key); err != nil || len(data) > 500*len("?variable 123")/10 {
			t.Errorf("%d bytes are written for a new name, %v", len(data), err)
		}
	}
	for i, name := range names {
		if i%2 == 0 {
			setShared(t, p.Shared(), name, nil)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		data, err := p.Shared().Get(t.Context(), name)
		return data == nil && err == nil
	})
	if wantKeys(t, p.Shared(), names...); len(names) != 250 {
		t.Errorf("%d of 500 are left", len(names))
	}
}

// Each and View show a variable as Get does.
func TestSharedThroughTheEngine(t *testing.T) {
	p := newPlace(t)
	setShared(t, p.Shared(), "x", some)
	keys := p.keysOf(t, session.KindVariable)
	if data, meta, err := p.View(t.Context(), keys[0]); string(data) != string(some) || meta.Kind != session.KindVariable || err != nil {
		t.Errorf("View returns %q, %v, %v", data, meta.Kind, err)
	}
	err := p.Each(t.Context(), func(info session.Info) error {
		if data, err := info.Read(); info.Meta.Kind == session.KindVariable && (string(data) != string(some) || err != nil) {
			t.Errorf("Read returns %q, %v", data, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// What is no variable of ours is in nobody's way.
func TestSharedOfAnotherVersion(t *testing.T) {
	for _, data := range [][]byte{nil, {0}, {1}, some, []byte("\x01y"), []byte("\xffx")} {
		p := newPlace(t)
		setShared(t, p.Shared(), "x", some)
		record, err := p.store.Open(t.Context(), p.keysOf(t, session.KindVariable)[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Save(t.Context(), data, session.Meta{Kind: session.KindVariable}); err != nil {
			t.Fatal(err)
		}
		record.Close()
		wantShared(t, p.Shared(), "x", nil)
		wantKeys(t, p.Shared())
		setShared(t, p.Shared(), "x", other)
		wantShared(t, p.Shared(), "x", other)
		wantKeys(t, p.Shared(), "x")
	}
}

// Whoever meets a damaged index first mends it.
func TestSharedIndexIsMended(t *testing.T) {
	for name, use := range map[string]func(ctx context.Context, v *session.Shared, name string) error{
		"keys": func(ctx context.Context, v *session.Shared, _ string) error { _, err := v.Keys(ctx); return err },
		"set":  func(ctx context.Context, v *session.Shared, name string) error { return v.Set(ctx, name, other) },
		"add": func(ctx context.Context, v *session.Shared, name string) error {
			if err := v.Set(ctx, name+"+", some); err != nil {
				return err
			}
			return v.Set(ctx, name+"+", nil)
		},
		"delete": func(ctx context.Context, v *session.Shared, name string) error {
			_, err := v.Delete(ctx, name+"+")
			return err
		},
	} {
		for how, damage := range map[string]func(p *place, key session.Key) error{
			"cut": func(p *place, key session.Key) error { return os.Truncate(p.pathOf(key), 100) },
			"flipped": func(p *place, key session.Key) error {
				b, err := os.ReadFile(p.pathOf(key))
				b[len(b)-1] ^= 1
				return errors.Join(err, os.WriteFile(p.pathOf(key), b, 0o600))
			},
			"nonsense": func(p *place, key session.Key) error {
				record, err := p.store.Open(t.Context(), key)
				if err != nil {
					return err
				}
				return errors.Join(record.Save(t.Context(), []byte("\xffx"), session.Meta{Kind: session.KindIndex}), record.Close())
			},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				p := newPlace(t)
				v := p.Shared()
				names := p.manyVariables(t, 40)
				for _, key := range p.keysOf(t, session.KindIndex) {
					if err := damage(p, key); err != nil {
						t.Fatal(err)
					}
				}
				for _, name := range names {
					if err := use(t.Context(), v, name); err != nil {
						t.Fatal(err)
					}
				}
				met := len(p.log)
				wantKeys(t, v, names...)
				wantKeys(t, v, names...)
				if len(p.log) == 0 || len(p.log) > 2*64 || met > len(p.log) {
					t.Errorf("the log has %d lines", len(p.log))
				}
			})
		}
	}
}

// An index that is older than its variables, or gone, cannot be told from a right one.
// The names come back one by one, and Reset removes all.
func TestSharedIndexIsOld(t *testing.T) {
	p := newPlace(t)
	v := p.Shared()
	names := p.manyVariables(t, 100)
	for i, key := range p.keysOf(t, session.KindIndex) {
		if i%2 == 0 {
			os.Remove(p.pathOf(key))
			continue
		}
		record, err := p.store.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Save(t.Context(), []byte("\x04gone"), session.Meta{Kind: session.KindIndex}); err != nil {
			t.Fatal(err)
		}
		record.Close()
	}
	wantKeys(t, v)
	for i, name := range names[:50] {
		setShared(t, v, name, other)
		if i%10 == 0 {
			wantKeys(t, v, names[:i+1]...)
		}
	}
	if err := v.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := p.keysOf(t, session.KindVariable); len(left) > 0 {
		t.Errorf("a reset leaves %d variables", len(left))
	}
}

// A page that has less time than it takes to mend the index mends it all the same.
func TestSharedIndexIsMendedInTime(t *testing.T) {
	for _, endless := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t)
			setShared(t, p.Shared(), "x", some)
			write(t, p.pathOf(p.keysOf(t, session.KindIndex)[0]), []byte("damaged"))
			p.withSlow(0, func(ctx context.Context, visit func(session.Info) error) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(2 * time.Second):
				}
				if err := p.store.Each(ctx, visit); err != nil || !endless {
					return err
				}
				<-ctx.Done()
				return ctx.Err()
			})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			if keys, err := p.Shared().Keys(ctx); err != nil || !slices.Equal(keys, []string{"x"}) || time.Since(began) > 5*time.Second {
				t.Errorf("Keys returns %q, %v, after %v", keys, err, time.Since(began))
			}
			wantKeys(t, p.Shared(), "x")
		})
	}
}

// What cannot be put aside hides no names.
func TestSharedIndexIsNotOurs(t *testing.T) {
	p := newPlace(t)
	setShared(t, p.Shared(), "x", some)
	path := p.pathOf(p.keysOf(t, session.KindIndex)[0])
	os.Remove(path)
	if err := os.Symlink("/dev/null", path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantKeys(t, p.Shared(), "x")
	}
}

// viewStore calls after when a record was found damaged.
type viewStore struct {
	session.Store
	after func()
}

func (s *viewStore) View(ctx context.Context, key session.Key) ([]byte, session.Meta, error) {
	data, meta, err := s.Store.View(ctx, key)
	if after := s.after; after != nil && errors.As(err, new(*session.CorruptError)) {
		s.after = nil
		after()
	}
	return data, meta, err
}

// Between the finding of the damage and the mending, other requests put new names in
// the place of the damaged ones. One has not stored its variable yet.
func TestSharedIndexIsMendedAtOnce(t *testing.T) {
	p := newPlace(t)
	names := p.manyVariables(t, 100)
	bucket := p.keysOf(t, session.KindIndex)[0]
	write(t, p.pathOf(bucket), []byte("damaged"))
	met := false
	v := session.New(&viewStore{p.store, func() {
		met = true
		record, err := p.store.Open(t.Context(), bucket)
		if err != nil {
			t.Fatal(err)
		}
		defer record.Close()
		if err := record.Save(t.Context(), []byte("\x07not yet"), session.Meta{Kind: session.KindIndex}); err != nil {
			t.Fatal(err)
		}
	}}, session.Config{}).Shared()
	if _, err := v.Keys(t.Context()); err != nil || !met {
		t.Fatalf("the damage was met: %v, %v", met, err)
	}
	wantKeys(t, v, names...)
	if data, _, err := p.store.View(t.Context(), bucket); !bytes.Contains(data, []byte("\x07not yet")) || err != nil {
		t.Errorf("the name that was new is lost: %q, %v", data, err)
	}
}
