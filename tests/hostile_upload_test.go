package tests

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// What a hostile request may cost at most.
const (
	mostMemory = 64 * mega
	mostCPU    = time.Second
)

// A hostileForm is a form that somebody sends who means harm, or a broken client.
type hostileForm struct {
	name   string
	header string // in place of wire.FormType
	body   stream
	status []int  // any of them
	shows  string // what files.lc shows, where the status is 200
	length string // Content-Length in place of that of the body
}

// hostilePages ask for the files and show them.
var hostilePages = map[string]string{
	"files.lc": `<?lc
local function show(name, v)
  if type(v) ~= "table" then put(name, "=", v, "; ") return end
  if v.size then put(name, "=", v.name, " ", v.size, v.error and " (none)" or "", "; ") return end
  local keys = {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do show(name .. "." .. k, v[k]) end
end
show("post", _POST) show("files", _FILES) ?>`,
	// A page that does not look at its form at all.
	"none.lc": `none`,
}

func hostileForms() []hostileForm {
	const delimiter = "--" + wire.Boundary
	file := func(name string) string { return wire.File("f", name, "").Head() }
	form := func(parts ...wire.Part) stream { return stream{}.text(string(wire.Form("", parts...).Body)) }
	raw := func(disposition string) stream {
		return stream{}.text(delimiter + "\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\nabc\r\n" + wire.FormEnd)
	}
	bad, large, ok := []int{400}, []int{413}, []int{200}
	either := []int{400, 413}
	all := []hostileForm{
		{name: "boundary of 10 kB", header: "Content-Type: multipart/form-data; boundary=" + strings.Repeat("b", 10<<10),
			body: stream{}.text("--" + strings.Repeat("b", 10<<10) + "--\r\n"), status: bad},
		{name: "100,000 empty parts", body: stream{}.repeat(delimiter+"\r\n\r\n\r\n", 100_000).text(wire.FormEnd), status: bad},
		{name: "100,000 empty fields", body: stream{}.repeat(wire.Field("a", "").Head()+"\r\n", 100_000).text(wire.FormEnd), status: bad},
		{name: "100,000 empty files", body: stream{}.repeat(wire.File("a", "", "").Head()+"\r\n", 100_000).text(wire.FormEnd), status: either},
		{name: "100,000 boundaries", body: stream{}.repeat(delimiter+"\r\n", 100_000).text(wire.FormEnd), status: bad},
		{name: "header line of 50 MB", body: stream{}.text(delimiter+"\r\nX-Long: ").fill('x', 50*mega).text("\r\n\r\nabc\r\n" + wire.FormEnd), status: either},
		{name: "header of 50 MB in many lines", body: stream{}.text(delimiter+"\r\n").repeat("X-Line: x\r\n", 5_000_000).text("\r\nabc\r\n" + wire.FormEnd), status: either},
		{name: "name of 50 MB", body: stream{}.text(delimiter+"\r\nContent-Disposition: form-data; name=\"").fill('n', 50*mega).text("\"\r\n\r\nabc\r\n" + wire.FormEnd), status: either},
		{name: "preamble of 100 MB", body: stream{}.fill('p', 100*mega).text("\r\n").text(string(wire.Form("", wire.Field("a", "1")).Body)), status: either},
		{name: "preamble of 100 MB of line breaks", body: stream{}.repeat("\r\n", 50*mega).text(string(wire.Form("", wire.Field("a", "1")).Body)), status: either},
		{name: "epilogue of 100 MB", body: form(wire.Field("a", "1")).fill('e', 100*mega), status: either},
		{name: "white space of 50 MB behind a boundary", body: stream{}.text(delimiter).fill(' ', 50*mega).text("\r\n\r\n" + wire.FormEnd), status: either},
		{name: "look-alikes of the boundary", body: stream{}.text(file("x")).repeat("\r\n"+delimiter[:len(delimiter)-1], mega).text("\r\n" + wire.FormEnd), status: ok,
			shows: fmt.Sprintf("files.f=x %d; ", mega*(len(delimiter)+1))},
		{name: "60 MB of nothing but line breaks in a file", body: stream{}.text(file("x")).repeat("\r\n", 30*mega).text("\r\n" + wire.FormEnd), status: ok,
			shows: fmt.Sprintf("files.f=x %d; ", 60*mega)},
		{name: "field over LCGI_MAX_BODY", body: stream{}.text(wire.Field("a", "").Head()).fill('a', 9*mega).text("\r\n" + wire.FormEnd), status: large},
		{name: "fields over LCGI_MAX_BODY together", body: stream{}.repeat(wire.Field("a", "").Head()+strings.Repeat("a", 64<<10)+"\r\n", 200).text(wire.FormEnd), status: large},
		{name: "file over LCGI_MAX_FILE", body: stream{}.text(file("x")).fill('x', 64*mega+1).text("\r\n" + wire.FormEnd), status: large},
		{name: "21 files", body: stream{}.repeat(wire.File("f[]", "x", "").Head()+"x\r\n", 21).text(wire.FormEnd), status: large},
		{name: "length over all limits", body: stream{}.text(wire.FormEnd), length: "99999999999", status: large},

		{name: "body that is empty", body: stream{}, status: bad},
		{name: "nothing but the last boundary", body: stream{}.text(wire.FormEnd), status: ok},
		{name: "missing boundary", header: "Content-Type: multipart/form-data", body: form(wire.Field("a", "1")), status: bad},
		{name: "empty boundary", header: "Content-Type: multipart/form-data; boundary=", body: form(wire.Field("a", "1")), status: bad},
		{name: "two boundaries", header: wire.FormType + "; boundary=other", body: form(wire.Field("a", "1")), status: bad},
		{name: "another boundary", header: "Content-Type: multipart/form-data; boundary=other", body: form(wire.Field("a", "1")), status: bad},
		{name: "boundary with a line break of UTF-8", header: "Content-Type: multipart/form-data; boundary=\"a\u2028b\"", body: form(wire.Field("a", "1")), status: bad},
		{name: "part without a name", body: raw(`filename="x"`), status: bad},
		{name: "part without a disposition", body: stream{}.text(delimiter + "\r\nContent-Type: text/plain\r\n\r\nabc\r\n" + wire.FormEnd), status: bad},
		{name: "encoded part", body: stream{}.text(delimiter + "\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n" + wire.FormEnd), status: bad},
		{name: "line feeds alone", body: stream{}.text(strings.ReplaceAll(string(wire.Form("", wire.Field("a", "1")).Body), "\r\n", "\n")), status: bad},

		{name: "path in the file name", body: raw(`name="f"; filename="../../x"`), status: ok, shows: "files.f=x 3; "},
		{name: "path of Windows in the file name", body: raw(`name="f"; filename="C:\dir\x.txt"`), status: ok, shows: "files.f=x.txt 3; "},
		{name: "backslashes in the file name", body: raw(`name="f"; filename="..\..\x"`), status: ok, shows: "files.f=x 3; "},
		{name: "absolute file name", body: raw(`name="f"; filename="/etc/passwd"`), status: ok, shows: "files.f=passwd 3; "},
		{name: "file name of dots", body: raw(`name="f"; filename=".."`), status: ok, shows: "files.f= 3; "},
		{name: "file name that is a folder", body: raw(`name="f"; filename="a/"`), status: ok, shows: "files.f= 3; "},
		{name: "NUL in the file name", body: raw("name=\"f\"; filename=\"x.lc\x00.png\""), status: bad},
		{name: "duplicate names", body: form(wire.File("f", "a", "1"), wire.File("f", "b", "22"), wire.Field("p", "1"), wire.Field("p", "2")), status: ok,
			shows: "post.p=2; files.f=b 2; "},
		{name: "lists", body: form(wire.File("f[]", "a", "1"), wire.File("f[]", "b", "22"), wire.Field("p[k][]", "1")), status: ok,
			shows: "post.p.k.1=1; files.f.1=a 1; files.f.2=b 2; "},
		{name: "field and file of one name", body: form(wire.Field("f", "1"), wire.File("f", "b", "22")), status: ok,
			shows: "post.f=1; files.f=b 2; "},
		{name: "nothing chosen", body: form(wire.File("f", "", "")), status: ok, shows: "files.f= 0 (none); "},
	}
	whole := string(wire.Form("", wire.Field("a", "1"), wire.File("f", "x", "some content")).Body)
	for _, cut := range []struct {
		name string
		at   int
	}{
		{"in the first boundary", 10},
		{"behind the first boundary", len(delimiter)},
		{"in a part header", strings.Index(whole, "Disposition")},
		{"behind a part header", strings.Index(whole, "\r\n\r\n") + 2},
		{"in a field", strings.Index(whole, "\r\n\r\n1") + 4},
		{"in the header of a file", strings.Index(whole, "filename")},
		{"in a file", strings.Index(whole, "content\r\n")},
		{"in the last boundary", len(whole) - 10},
		{"before the hyphens of the last boundary", len(whole) - 4},
	} {
		all = append(all, hostileForm{name: "cut " + cut.name, body: stream{}.text(whole[:cut.at]), status: bad})
	}
	return all
}

func (h hostileForm) request(page string) (wire.Request, stream) {
	header := h.header
	if header == "" {
		header = wire.FormType
	}
	length := h.length
	if length == "" {
		_, n := h.body.open()
		length = fmt.Sprint(n)
	}
	return wire.Request{Method: "POST", Target: "/" + page, Header: []string{header, "Content-Length: " + length}}, h.body
}

// check compares an answer with what is expected of a page.
func (h hostileForm) check(t *testing.T, page string, status int, body, log string) {
	t.Helper()
	want := h.status
	if page == "none.lc" {
		// Who does not ask for the form is not told of it, unless it is too
		// long in any case.
		if want = []int{200}; h.length != "" {
			want = []int{413}
		}
		h.shows = "none"
	}
	for _, code := range want {
		if code != status {
			continue
		}
		if status == 200 && body != h.shows {
			t.Errorf("%s: %s shows %q, want %q", h.name, page, excerpt(body), h.shows)
		}
		if status != 200 && !strings.Contains(log, fmt.Sprint(status)) {
			t.Errorf("%s: %s: the log does not tell of %d: %q", h.name, page, status, lastOf(log))
		}
		return
	}
	t.Errorf("%s: %s: status %d, want one of %v: %s\nlog: %s", h.name, page, status, want, excerpt(body), lastOf(log))
}

// TestHostileUpload sends forms that want to break the reader of forms, to a process
// for each and to the built-in server. The answer is clear and comes at once,
// memory stays small, and nothing is left on the disk.
func TestHostileUpload(t *testing.T) {
	t.Parallel()
	t.Run("cgi", func(t *testing.T) {
		t.Parallel()
		uploads := t.TempDir()
		site := direct.NewSite(t, lcgi, hostilePages).With("LCGI_UPLOAD_DIR=" + uploads)
		for _, h := range hostileForms() {
			for page := range hostilePages {
				request, body := h.request(page)
				r, _ := body.open()
				answer := measure(t, site, request, r)
				h.check(t, page, answer.Status, string(answer.Body), answer.Stderr)
				if answer.peak > mostMemory {
					t.Errorf("%s: %s: the process took %d MB", h.name, page, answer.peak/mega)
				}
				if answer.cpu > mostCPU {
					t.Errorf("%s: %s: the process took %v", h.name, page, answer.cpu)
				}
				noUploads(t, uploads, h.name)
			}
		}
	})
	t.Run("serve", func(t *testing.T) {
		t.Parallel()
		needProc(t)
		uploads := t.TempDir()
		server := startPages(t, servers.Serve, hostilePages, map[string]string{"LCGI_UPLOAD_DIR": uploads})
		for _, h := range hostileForms() {
			request, body := h.request("files.lc")
			r, _ := body.open()
			before := cpuOf(t, server.PID())
			logged := len(server.Log())
			var answer wire.Response
			var text bytes.Buffer
			if h.length != "" {
				request.Header = append(request.Header, "Expect: 100-continue")
			}
			if err := wire.SendStream(server.Addr, request, r, &answer, &text); err != nil {
				t.Errorf("%s: %v", h.name, err)
				continue
			}
			h.check(t, "files.lc", answer.Status, text.String(), server.Log()[logged:])
			if took := cpuOf(t, server.PID()) - before; took > mostCPU {
				t.Errorf("%s: the server took %v", h.name, took)
			}
			poll(t, h.name+": an upload is left", func() bool { return len(uploadsBelow(t, uploads)) == 0 })
		}
		peak, err := peakOf(server.PID())
		if err != nil || peak > mostMemory {
			t.Errorf("the server took %d MB (%v)", peak/mega, err)
		}
	})
}

// uploadsBelow returns the files below a folder for uploads.
func uploadsBelow(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return nil // what is gone meanwhile
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// noUploads reports uploads that are left.
func noUploads(t *testing.T, folder, after string) {
	t.Helper()
	if left := uploadsBelow(t, folder); len(left) > 0 {
		t.Errorf("%s: there are still %v", after, left)
	}
}
