package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// check checks that what is in the store is as it was before the step or after it,
// and that it can be used as ever.
func (k *killSite) check(t *testing.T, step, id string, killed bool) {
	data := func() (string, Result) {
		t.Helper()
		var got string
		var result Result
		if err := k.use(id, func(s *Session) error { got, result = string(s.Data()), s.Result(); return nil }); err != nil {
			t.Fatal(err)
		}
		return got, result
	}
	if strings.HasPrefix(step, "sweep") {
		k.now = k.now.Add(time.Hour)
	}
	got, result := data()
	alive := result == ResultLoad
	want := map[string]string{"rotate": "old new", "rotate without grace": "old ", "delete": "old ", "reset": "old new", "sweep": " ", "sweep for good": " "}[step]
	if want == "" {
		want = "old"
	}
	if before, after, _ := strings.Cut(want, " "); got != before && got != after || !killed && after != "" && got != after || alive != (got != "") {
		t.Errorf("killed %v: the session is %q with %q, want one of %q", killed, result, got, want)
	}
	if alive {
		k.checkAlive(t, id, step == "reset" && got == "new")
	}
	switch step {
	case "start", "delete", "reset": // a rotation may leave what nobody can reach; see limit
		k.checkLimit(t)
	}
	k.checkShared(t, step, killed)
	k.checkCleared(t)
}

// checkAlive checks that the session can be saved and rotated, that its folder is
// there, and that no sweep takes it.
func (k *killSite) checkAlive(t *testing.T, id string, reset bool) {
	t.Helper()
	for i := range 2 {
		if removed, err := k.Sweep(t.Context()); removed != 0 || err != nil {
			t.Errorf("Sweep reports %d removed, %v", removed, err)
		}
		err := k.use(id, func(s *Session) error {
			dir, err := s.Folder(t.Context())
			if err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Join(dir, "deep", "er", "file")); err != nil && !reset {
				t.Errorf("after %d rotations: %v", i, err)
			}
			if err := s.Rotate(DefaultGrace); err != nil {
				return err
			}
			id = s.ID()
			return s.Save(t.Context(), fmt.Append(nil, i))
		})
		if err != nil {
			t.Fatal(err)
		}
		k.now = k.now.Add(DefaultGrace)
	}
}

// checkLimit checks that there is room for so many sessions as there may be.
func (k *killSite) checkLimit(t *testing.T) {
	t.Helper()
	k.now = k.now.Add(time.Minute) // that the sessions may be counted again
	for range killMax + 1 {
		err := k.use("", func(s *Session) error { return s.Save(t.Context(), []byte("one more")) })
		if n, _ := k.Count(t.Context()); n > killMax {
			t.Errorf("there are %d sessions", n)
		} else if (err != nil) != (n == killMax) && n != killMax {
			t.Errorf("with %d sessions: %v", n, err)
		}
	}
	if n, err := k.Count(t.Context()); n != killMax || err != nil {
		t.Errorf("%d sessions fit, %v, want %d", n, err, killMax)
	}
}

func (k *killSite) checkShared(t *testing.T, step string, killed bool) {
	t.Helper()
	v := k.Shared()
	want := map[string]string{"shared": "old", "fresh": ""}
	after := map[string]string{"shared": "old", "fresh": ""}
	switch step {
	case "set":
		after["fresh"] = "new"
	case "set again":
		after["shared"] = "new"
	case "unset":
		after["shared"] = ""
	}
	for range 2 {
		keys, err := v.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(keys, ",")
		for name := range want {
			got, err := v.Get(t.Context(), name)
			if err != nil || string(got) != want[name] && string(got) != after[name] || !killed && string(got) != after[name] {
				t.Errorf("%s is %q, %v, want %q or %q", name, got, err, want[name], after[name])
			}
			if (got != nil) != strings.Contains(shown, name) {
				t.Errorf("%s is %q, and the names are %q", name, got, shown)
			}
			if err := v.Set(t.Context(), name, []byte("set")); err != nil {
				t.Fatal(err)
			}
		}
		want, after = map[string]string{"shared": "set", "fresh": "set"}, map[string]string{"shared": "set", "fresh": "set"}
	}
	if err := v.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys, err := v.Keys(t.Context()); err != nil || len(keys) > 0 {
		t.Errorf("after a reset there are %q, %v", keys, err)
	}
}

// checkCleared checks that in the end all is swept.
func (k *killSite) checkCleared(t *testing.T) {
	t.Helper()
	k.now = k.now.Add(24 * time.Hour)
	for range 2 { // the second finds old what the first has touched
		k.now = k.now.Add(40 * 24 * time.Hour)
		if _, err := k.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	// The number of sessions stays.
	if n := countFiles(t, k.store.dir); n != 1 {
		t.Errorf("%d files are left in the store", n)
	}
	names, err := filepath.Glob(filepath.Join(k.folders.dir, "*", "*"))
	if err != nil || len(names) > 0 {
		t.Errorf("of private folders there are left %q, %v", names, err)
	}
}
