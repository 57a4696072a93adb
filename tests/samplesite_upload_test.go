package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// A sentFile is a file as a test uploads it: under a name and a type of its own
// choice.
type sentFile struct {
	name, mime string
	content    []byte
}

// picture is a PNG file.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// padded is content with so many bytes behind it that it has size.
func padded(content []byte, size int) []byte {
	return append(bytes.Clone(content), make([]byte, size-len(content))...)
}

// upload sends files to upload.lc with a token.
func upload(v *visitor, token string, files ...sentFile) answered {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("csrf", token); err != nil {
		v.t.Fatal(err)
	}
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="files[]"; filename="%s"`, f.name)},
			"Content-Type":        {f.mime},
		})
		if err != nil {
			v.t.Fatal(err)
		}
		if _, err := part.Write(f.content); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	return v.send("POST", "upload.lc", w.FormDataContentType(), b.String())
}

// kept returns the address and the name of each file that upload.lc shows.
func kept(a answered) (addresses, names []string) {
	for _, link := range all(first(a.doc, hasID("kept")), is(atom.A)) {
		addresses = append(addresses, attr(link, "href"))
		names = append(names, innerText(link))
	}
	return addresses, names
}

// TestSampleSiteUpload uploads files, which their visitor and nobody else can
// fetch, and deletes them.
func TestSampleSiteUpload(t *testing.T) {
	overSampleSites(t, nil, func(t *testing.T, site *servers.Server) {
		v := newVisitor(t, site)
		drawn := picture(t)
		paper := []byte("%PDF-1.7\n%nothing in it\n")
		upload(v, v.token("upload.lc"),
			sentFile{`../../<i>Größe</i>.PNG`, "image/png", drawn},
			sentFile{`C:\papers\paper.html`, "text/html", paper},
		).wantRedirect("upload.lc")
		a := v.get("upload.lc")
		checkHTML(t, site, a.body)
		addresses, names := kept(a)
		if len(names) != 2 || names[0] != "i>.PNG" || names[1] != "paper.html" {
			t.Fatalf("the page shows %q:\n%s", names, a.text(atom.Article))
		}
		for i, want := range []struct {
			mime    string
			content []byte
		}{{"image/png", drawn}, {"application/pdf", paper}} {
			file := v.get(addresses[i])
			if got := file.header.Get("Content-Type"); file.status != 200 || got != want.mime || file.body != string(want.content) {
				t.Errorf("%s: status %d, type %s, %d bytes", names[i], file.status, got, len(file.body))
			}
			other := newVisitor(t, site)
			other.get("upload.lc")
			if file := other.get(addresses[i]); file.status != 404 {
				t.Errorf("%s: another visitor is answered with %d", names[i], file.status)
			}
		}
		images := all(first(a.doc, hasID("kept")), is(atom.Img))
		if len(images) != 1 || attr(images[0], "src") != addresses[0] {
			t.Errorf("%d pictures are shown", len(images))
		}

		for _, gone := range []string{"9.png", "../1.png", "1.png", "1.png"} {
			v.post("upload.lc", "delete="+gone+"&csrf="+v.token("upload.lc")).wantRedirect("upload.lc")
		}
		if file := v.get(addresses[0]); file.status != 404 {
			t.Errorf("a deleted file is answered with %d", file.status)
		}
		if _, left := kept(v.get("upload.lc")); len(left) != 1 || left[0] != "paper.html" {
			t.Errorf("after one was deleted the page shows %q", left)
		}
		checkForgeries(t, v, "upload.lc", "delete=2.pdf")
		if file := v.get(addresses[1]); file.status != 200 {
			t.Errorf("after requests of others the file is answered with %d", file.status)
		}
	})
}

// TestSampleSiteUploadRefused uploads what the page does not take. It says why,
// once, and keeps the rest.
func TestSampleSiteUploadRefused(t *testing.T) {
	const megabyte = 1 << 20
	waiting := t.TempDir()
	env := map[string]string{"LCGI_MAX_FILE": "6MB", "LCGI_UPLOAD_DIR": waiting}
	overSampleSites(t, env, func(t *testing.T, site *servers.Server) {
		v := newVisitor(t, site)
		good := sentFile{"good.png", "image/png", picture(t)}
		for _, c := range []struct {
			what  string
			files []sentFile
			says  string
			keeps int
		}{
			{"no file field", nil, "No file was sent.", 0},
			{"nothing chosen", []sentFile{{"", "application/octet-stream", nil}}, "No file was chosen.", 0},
			{"an empty file", []sentFile{{"empty.png", "image/png", nil}}, "empty.png is no PNG, JPEG, GIF, WebP or PDF.", 0},
			{"a page called a picture", []sentFile{{"a.png", "image/png", []byte("<script>alert(1)</script>")}, good}, "a.png is no PNG", 1},
			{"a drawing with a script", []sentFile{{"a.svg", "image/svg+xml", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")}}, "a.svg is no PNG", 0},
			{"5 MB", []sentFile{{"five.png", "image/png", padded(good.content, 5*megabyte)}}, "", 1},
			{"more than 5 MB", []sentFile{{"six.png", "image/png", padded(good.content, 5*megabyte+1)}}, "six.png has more than 5 MB.", 0},
		} {
			_, before := kept(v.get("upload.lc"))
			upload(v, v.token("upload.lc"), c.files...).wantRedirect("upload.lc")
			a := v.get("upload.lc")
			checkHTML(t, site, a.body)
			if shown := a.text(atom.Article); !strings.Contains(shown, c.says) || c.says != "" && !hasWarning(a) {
				t.Errorf("%s: the page does not say %q:\n%s", c.what, c.says, shown)
			}
			if _, after := kept(a); len(after) != len(before)+c.keeps {
				t.Errorf("%s: of %q there are %q now", c.what, before, after)
			}
			if hasWarning(v.get("upload.lc")) {
				t.Errorf("%s: the page says it twice", c.what)
			}
		}

		if a := upload(v, v.token("upload.lc"), sentFile{"seven.png", "image/png", padded(good.content, 7*megabyte)}); a.status != 413 {
			t.Errorf("more than LCGI_MAX_FILE is answered with %d:\n%s", a.status, a.text(atom.Body))
		}
		if a := upload(v, "", good); a.status != 403 {
			t.Errorf("an upload without a token is answered with %d", a.status)
		}
		many := make([]sentFile, 13)
		for i := range many {
			many[i] = sentFile{fmt.Sprintf("%d.png", i), "image/png", good.content}
		}
		upload(v, v.token("upload.lc"), many...).wantRedirect("upload.lc")
		a := v.get("upload.lc")
		a.want(atom.Article, "12.png is one too many: there is room for 12 files.")
		if _, names := kept(a); len(names) != 12 {
			t.Errorf("of 12 files there are %q", names)
		}
		// They are removed when the answer has been sent.
		poll(t, "uploads are left in "+waiting, func() bool { return countFiles(t, waiting) == 0 })
	})
}

// countFiles returns the number of regular files below a folder.
func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed just now
		}
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// hasWarning reports whether upload.lc tells of a problem.
func hasWarning(a answered) bool {
	return first(first(a.doc, hasID("kept")), func(n *html.Node) bool { return attr(n, "class") == "warning" }) != nil
}

// TestReferenceUploads compares what the reference says of an upload with a file
// that was sent and with a field in which none was chosen.
func TestReferenceUploads(t *testing.T) {
	tables, _ := readReference(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"a.txt", ""} {
		part, err := w.CreateFormFile("f[]", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	site := direct.NewSite(t, lcgi, map[string]string{"page.lc": `<?lc
		local members = {}
		for _, f in ipairs(_FILES.f) do
			for name in pairs(f) do members["f." .. name] = true end
			local _, message = pcall(function() return f.nothing end)
			for name in message:match("it has ([%a ]+)"):gmatch("%a+") do
				members[(type(f[name]) == "function" and "f:" or "f.") .. name] = true
			end
		end
		for name in pairs(members) do put(name, " ") end
		put(_FILES.f[1]:save("kept.txt") == request.folder .. "/kept.txt" and "" or "nowhere")
	?>`})
	r := site.Do(t, wire.Request{
		Method: "POST", Target: "/page.lc", Body: body.Bytes(),
		Header: []string{"Content-Type: " + w.FormDataContentType()},
	})
	if r.Status != http.StatusOK {
		t.Fatalf("status %d; log: %s", r.Status, r.Stderr)
	}
	wantNames(t, "files", tables.names(t, "files"), strings.Fields(string(r.Body)))
}

// TestSampleSiteUploadBounds sends files where one address, or all visitors
// together, have sent as much as they may in a day. That day is the longest that
// a file is kept.
func TestSampleSiteUploadBounds(t *testing.T) {
	const day = 24 * 60 * 60
	site := sampleSite(t, nil)
	v := newVisitor(t, site)
	good := sentFile{"good.png", "image/png", picture(t)}
	upload(v, v.token("upload.lc"), good).wantRedirect("upload.lc")
	out, code := runCommand(t, "sessions", "list", "-json", "-savepath", site.Sessions)
	var sessions []struct {
		Name        string
		MaxLifetime float64
	}
	if err := json.Unmarshal([]byte(out), &sessions); err != nil || code != 0 {
		t.Fatalf("the sessions are (%d, %v)\n%s", code, err, out)
	}
	bounded := 0
	for _, s := range sessions {
		if s.Name == "uploads" && s.MaxLifetime == day {
			bounded++
		}
	}
	if bounded != 1 {
		t.Errorf("%d sessions for uploads end after a day at most:\n%s", bounded, out)
	}

	const most, all = 100 << 20, 500 << 20
	for _, c := range []struct {
		what, key string
		sent      float64 // of its bytes
		refused   bool
	}{
		{"an address that has sent little", "127.0.0.1", 0.9 * most, false},
		{"an address that has sent all", "127.0.0.1", most, true},
		{"a site that has little", "everybody", 0.9 * all, false},
		{"a site that has all", "everybody", all, true},
	} {
		limit := map[bool]float64{true: all, false: most}[c.key == "everybody"]
		sent := readShared[float64](t, site, "manual.uploads")
		for key := range sent {
			sent[key] = float64(time.Now().Unix()) + 1
		}
		if _, ok := sent[c.key]; !ok {
			t.Fatalf("nothing is counted for %s: %v", c.key, sent)
		}
		sent[c.key] = float64(time.Now().Unix()) + c.sent/limit*day
		writeShared(t, site, "manual.uploads", sent)

		_, before := kept(v.get("upload.lc"))
		upload(v, v.token("upload.lc"), sentFile{good.name, good.mime, padded(good.content, 1<<20)}).wantRedirect("upload.lc")
		a := v.get("upload.lc")
		_, after := kept(a)
		shown := a.text(atom.Article)
		if refused := strings.Contains(shown, "good.png is too much for today."); refused != c.refused || (len(after) == len(before)) != c.refused {
			t.Errorf("%s: of %q there are %q now:\n%s", c.what, before, after, shown)
		}
	}
}
