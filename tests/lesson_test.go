package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// The code of the LiveCode lesson "How do I use Sessions on LiveCode Server?",
// as it is printed there: the second block without an end, and the typing error
// "fist_name" in the third.
const (
	lessonStart = `<?lc
  // specify the properties here before you start the session
  // ...
  start session
?>`
	lessonAdd = `<?lc
  put "John" into $_SESSION ["first_name"]
  put "Smith" into $_SESSION ["last_name"]
  put "My Street" into $_SESSION ["street_name"]`
	lessonRead = `<?lc
  put $_SESSION ["fist_name"] into tMyFirstName
  put $_SESSION ["last_name"] into tMyLastName
  put $_SESSION ["street_name"] into tMyStreetName
?>`
	lessonDelete = `<?lc
  delete session
?>`
)

// TestLesson runs the lesson's blocks one after the other, as pages of a visitor.
func TestLesson(t *testing.T) {
	const facts = "\n" + `<?= tMyFirstName ?>|<?= tMyLastName ?>|<?= tMyStreetName ?>|<?= $_SESSION["first_name"] ?>`
	site := direct.NewSite(t, lcgi, map[string]string{
		"add.lc":    lessonStart + "\n" + lessonAdd,
		"closed.lc": lessonStart + "\n" + lessonAdd + "\n\n?>\n",
		"read.lc":   lessonStart + "\n" + lessonRead + facts,
		"delete.lc": lessonStart + "\n" + lessonDelete,
	})
	for _, add := range []string{"/add.lc", "/closed.lc"} {
		r := site.Do(t, wire.Get(add))
		wantBody(t, r, "")
		cookie := sessionCookie(t, r, "LCSESSION")
		wantBody(t, site.Do(t, wire.Get("/read.lc", cookie)), "|Smith|My Street|John")
		wantBody(t, site.Do(t, wire.Get("/read.lc")), "|||")

		r = site.Do(t, wire.Get("/delete.lc", cookie))
		wantBody(t, r, "")
		if line := r.Header.Get("Set-Cookie"); !strings.HasPrefix(line, "LCSESSION=;") || !strings.Contains(line, "Max-Age=0") {
			t.Errorf("Set-Cookie is %q after the deletion, want one that expires the cookie", line)
		}
		if files := sessionFiles(t, site.Sessions); len(files) != 0 {
			t.Errorf("the information is still on the server: %v", files)
		}
		wantBody(t, site.Do(t, wire.Get("/read.lc", cookie)), "|||")
	}
}

// TestProperties sets the session's properties before "start session".
func TestProperties(t *testing.T) {
	pages := map[string]string{
		"name.lc":   `<?lc sessionName = "shop" start session $_SESSION["n"] = ($_SESSION["n"] or 0) + 1 put($_SESSION.n) ?>`,
		"cookie.lc": `<?lc set the sessionCookieName to "till" start session _SESSION.n = 1 ?>`,
		"id.lc":     `<?lc set the sessionID to _GET.id start session put(_SESSION.n, " ", tostring(sessionID == _GET.id)) ?>`,
		"start.lc":  `<?lc start session _SESSION.n = 7 put(sessionID) ?>`,
		"short.lc":  `<?lc sessionLifetime = 0.2 start session _SESSION.n = 8 ?>`,
		"look.lc":   `<?lc local s = session.start{readonly = true} put(s.result) ?>`,
		"length.lc": `<?lc put 90 into sessionLifetime start session _SESSION.n = 1 put(session.start().lifetime) ?>`,
		"path.lc":   `<?lc sessionSavePath = _GET.path start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
	}
	site := direct.NewSite(t, lcgi, pages)

	t.Run("sessionName", func(t *testing.T) {
		r := site.Do(t, wire.Get("/name.lc"))
		wantBody(t, r, "1")
		cookie := sessionCookie(t, r, "shop")
		wantBody(t, site.Do(t, wire.Get("/name.lc", cookie)), "2")
		wantBody(t, site.Do(t, wire.Get("/name.lc", strings.Replace(cookie, "shop", "LCSESSION", 1))), "1")
	})
	t.Run("sessionCookieName", func(t *testing.T) {
		sessionCookie(t, site.Do(t, wire.Get("/cookie.lc")), "till")
	})
	t.Run("sessionID", func(t *testing.T) {
		r := site.Do(t, wire.Get("/start.lc"))
		wantBody(t, site.Do(t, wire.Get("/id.lc?id="+string(r.Body))), "7 true")
		wantBody(t, site.Do(t, wire.Get("/id.lc?id=nobody")), " false")
	})
	t.Run("sessionLifetime", func(t *testing.T) {
		r := site.Do(t, wire.Get("/short.lc"))
		cookie := sessionCookie(t, r, "LCSESSION")
		poll := time.NewTicker(20 * time.Millisecond)
		defer poll.Stop()
		for late := time.Now().Add(20 * time.Second); ; <-poll.C {
			// Looking at it is no use of it.
			r := site.Do(t, wire.Get("/look.lc", cookie))
			if body := string(r.Body); body == "expire" || body == "new" {
				break // "new" after a sweep
			} else if body != "load" || time.Now().After(late) {
				t.Fatalf("the session is %q", body)
			}
		}
		wantBody(t, site.Do(t, wire.Get("/length.lc")), "90")
	})
	t.Run("sessionSavePath", func(t *testing.T) {
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if r := site.Do(t, wire.Get("/path.lc?path="+elsewhere)); r.Status != 500 || !strings.Contains(r.Stderr, "mkdir") {
			t.Errorf("a save path that is missing: status %d; log: %s", r.Status, r.Stderr)
		}
		if err := os.Mkdir(elsewhere, 0o700); err != nil {
			t.Fatal(err)
		}
		before := sessionFiles(t, site.Sessions)
		r := site.Do(t, wire.Get("/path.lc?path="+elsewhere))
		wantBody(t, r, "1")
		cookie := sessionCookie(t, r, "LCSESSION")
		wantBody(t, site.Do(t, wire.Get("/path.lc?path="+elsewhere, cookie)), "2")
		if files := sessionFiles(t, elsewhere); len(files) != 1 {
			t.Errorf("%d files in the save path, want one", len(files))
		}
		if after := sessionFiles(t, site.Sessions); len(after) != len(before) {
			t.Errorf("the folder of the settings was used too: %v", after)
		}
		if err := os.Chmod(elsewhere, 0o777); err != nil {
			t.Fatal(err)
		}
		if r := site.Do(t, wire.Get("/path.lc?path="+elsewhere, cookie)); r.Status != 500 || !strings.Contains(r.Stderr, "chmod") {
			t.Errorf("a save path that others can write: status %d; log: %s", r.Status, r.Stderr)
		}
	})
}
