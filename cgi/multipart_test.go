package cgi_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"lcgi/cgi"
)

// crlf makes line breaks those of HTTP.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// A part is one of a form as a browser sends it.
type part struct{ header, content string }

func field(name, value string) part {
	return part{`Content-Disposition: form-data; name="` + name + `"`, value}
}

func file(name, filename, content string) part {
	return part{`Content-Disposition: form-data; name="` + name + `"; filename="` + filename + "\"\nContent-Type: text/plain", content}
}

const boundary = "----WebKitFormBoundaryx7"

// multipartBody returns the body of a form, whose boundary is that above.
func multipartBody(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + crlf(p.header) + "\r\n\r\n" + p.content + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.String()
}

// upload returns a POST of a form whose files go into a folder of the test, and
// that folder. The request is closed when the test ends.
func upload(t testing.TB, body io.Reader, length int, lim cgi.Limits) (r *cgi.Request, dir string) {
	t.Helper()
	dir = t.TempDir()
	r = cgi.NewRequest(cgi.Env{
		"REQUEST_METHOD": "POST",
		"CONTENT_TYPE":   "multipart/form-data; boundary=" + boundary,
		"CONTENT_LENGTH": strconv.Itoa(length),
	}, body, lim)
	r.SetUploadDir(dir)
	t.Cleanup(func() { r.Close() })
	return r, dir
}

// stored returns the names of the files below dir.
func stored(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// show writes the fields and files of a form on one line: a="1" f=name(type)"content".
func show(r *cgi.Request) (string, error) {
	fields, err := r.Post()
	if err != nil {
		return "", err
	}
	files, err := r.Files()
	if err != nil {
		return "", err
	}
	var items []string
	for _, f := range fields {
		items = append(items, fmt.Sprintf("%s=%q", f.Name, f.Value))
	}
	for _, f := range files {
		if f.Missing {
			if f != (cgi.Upload{Field: f.Field, Missing: true}) {
				return "", fmt.Errorf("there is something: %+v", f)
			}
			items = append(items, f.Field+"=none")
			continue
		}
		content, err := os.ReadFile(f.Path)
		if err != nil {
			return "", err
		}
		if int64(len(content)) != f.Size {
			return "", fmt.Errorf("%+v has %d bytes", f, len(content))
		}
		items = append(items, fmt.Sprintf("%s=%s(%s)%q", f.Field, f.Name, f.Type, content))
	}
	return strings.Join(items, " "), nil
}

func TestMultipart(t *testing.T) {
	b := "--" + boundary
	disposition := func(s string) string { return b + "\nContent-Disposition: " + s + "\n\nv\n" + b + "--\n" }
	tests := []struct {
		name, body string // line breaks become CR LF, ␊ and ␍ bare ones
		want       string
		status     int
	}{
		{"fields in their order, names repeat", multipartBody(field("b", "1"), field("a", ""), field("b", "2")), `b="1" a="" b="2"`, 0},
		{"files", multipartBody(file("f", "a.txt", "one"), field("a", "1"), file("f", "b.txt", "")), `a="1" f=a.txt(text/plain)"one" f=b.txt(text/plain)""`, 0},
		{"nothing was chosen", multipartBody(file("f", "", "")), `f=none`, 0},
		{"a file without a name", multipartBody(file("f", "", "x")), `f=(text/plain)"x"`, 0},
		{"a file without a type", disposition(`form-data; name="f"; filename="n"`), `f=n()"v"`, 0},
		{"no part", b + "--\n", "", 0},
		{"no line break at the end", b + "--", "", 0},
		{"RFC 2046 §5.1.1: preamble and epilogue", "preamble\n" + b + "\nContent-Disposition: form-data; name=a\n\n1\n" + b + "--\nepilogue\n" + b + "\n", `a="1"`, 0},
		{"RFC 2046 §5.1.1: white space behind boundaries", b + " \t\nContent-Disposition: form-data; name=a\n\n1\n" + b + "\t\nContent-Disposition: form-data; name=b\n\n2\n" + b + "-- \t\n", `a="1" b="2"`, 0},
		{"RFC 2046 §5.1.1: a part without a body", b + "\nContent-Disposition: form-data; name=a\n\n" + b + "--\n", `a=""`, 0},
		{"RFC 822 §3.1.1: a header of several lines", disposition("form-data;\n name=\"a\n\t\""), "a\t=\"v\"", 0},
		{"RFC 7578 §4.8: other headers do not count", b + "\nX-A: 1\nContent-Length: 7\nCONTENT-disposition: Form-Data; NAME=a\n\nv\n" + b + "--\n", `a="v"`, 0},
		{"what is like a boundary is content", multipartBody(field("a", "␊"+b), field("b", "\n"+b[:len(b)-1]+"\n-"), field("c", "\n--\n\nx"+b)),
			fmt.Sprintf("a=%q b=%q c=%q", "\n"+b, "\r\n"+b[:len(b)-1]+"\r\n-", "\r\n--\r\n\r\nx"+b), 0},
		{"what begins with a boundary is malformed", b + "\nContent-Disposition: form-data; name=a\n\n1\n" + b + "x\n" + b + "--\n", "", 400},
		{"something behind a boundary", b + " x\nContent-Disposition: form-data; name=a\n\n1\n" + b + "--\n", "", 400},
		{"something behind the last boundary", b + "--x\n", "", 400},
		{"a hyphen behind a boundary", b + "\nContent-Disposition: form-data; name=a\n\n1\n" + b + "-\n" + b + "--\n", "", 400},
		{"the last boundary is missing", b + "\nContent-Disposition: form-data; name=a\n\n1\n" + b, "", 400},
		{"empty body", "", "", 400},
		{"another boundary", "--x\nContent-Disposition: form-data; name=a\n\n1\n--x--\n", "", 400},
		{"RFC 2046 §5.1.1: lines end in CR LF", "␊" + b + "␊Content-Disposition: form-data; name=a␊␊1␊" + b + "--␊", "", 400},

		{"WHATWG: quotes and line breaks in names", multipartBody(field("a%22b%0D%0Ac%0a", "1"), file("f", "a%22.txt", "")), "a\"b\r\nc\n=\"1\" f=a\".txt(text/plain)\"\"", 0},
		{"WHATWG: other escapes stay", multipartBody(field("a%41%%2", "%22+%41")), `a%41%%2="%22+%41"`, 0},
		{"WHATWG: a backslash stands for itself", disposition(`form-data; name="a\\b\"; filename="c:\d\"`), `a\\b\=()"v"`, 0},
		{"old clients: quotes behind backslashes", disposition(`form-data; name="a\"b;\" c="; filename="\"x\".txt"`), `a"b;" c=="x".txt()"v"`, 0},
		{"bytes are no text", multipartBody(field("\xff\x01", "\x00\xff\n␊␍")), "\xff\x01=\"\\x00\\xff\\r\\n\\n\\r\"", 0},
		{"an empty name", multipartBody(field("", "1")), `="1"`, 0},
		{"values without quotes", disposition(`form-data; name=a-b ; filename=c.txt;`), `a-b=c.txt()"v"`, 0},
		{"RFC 7578 §4.2: filename* counts for nothing", disposition(`form-data; name="a"; filename*=UTF-8''x.txt`), `a="v"`, 0},
		{"names that are paths", multipartBody(file("f", "../../x", ""), file("f", `C:\a\y`, ""), file("f", "..", ""), file("f", "a/.", ""), file("f", "b/", ""), file("f", "\x01\u0085z\x7f%0D%0A", "")),
			`f=x(text/plain)"" f=y(text/plain)"" f=(text/plain)"" f=(text/plain)"" f=(text/plain)"" f=z(text/plain)""`, 0},
		{"_charset_ is a field", multipartBody(field("_charset_", "UTF-8")), `_charset_="UTF-8"`, 0},

		{"RFC 7578 §4.2: no name", disposition("form-data"), "", 400},
		{"RFC 7578 §4.2: a file without a field name", disposition(`form-data; filename="x"`), "", 400},
		{"RFC 7578 §4.2: no Content-Disposition", b + "\nContent-Type: text/plain\n\nv\n" + b + "--\n", "", 400},
		{"RFC 7578 §4.2: no header", b + "\n\nv\n" + b + "--\n", "", 400},
		{"RFC 7578 §4.2: another disposition", disposition(`attachment; name="a"`), "", 400},
		{"two names", disposition(`form-data; name="a"; name="b"`), "", 400},
		{"two file names", disposition(`form-data; name="a"; filename="b"; FileName="c"`), "", 400},
		{"two dispositions", disposition("form-data; name=a\nContent-Disposition: form-data; name=b"), "", 400},
		{"two types", disposition("form-data; name=a\nContent-Type: a/b\nContent-Type: c/d"), "", 400},
		{"a quote that does not end", disposition(`form-data; name="a`), "", 400},
		{"something behind a quote", disposition(`form-data; name="a"b`), "", 400},
		{"no value", disposition(`form-data; name`), "", 400},
		{"a value with a space", disposition(`form-data; name=a b`), "", 400},
		{"NUL in a name", disposition("form-data; name=\"a\x00\""), "", 400},
		{"CR in a name", disposition("form-data; name=\"a␍b\""), "", 400},
		{"LF in a name", disposition("form-data; name=\"a␊b\""), "", 400},
		{"no colon", disposition("form-data; name=a\nX"), "", 400},
		{"white space before the colon", disposition("form-data; name=a\nX : 1"), "", 400},
		{"a header that begins with white space", b + "\n Content-Disposition: form-data; name=a\n\nv\n" + b + "--\n", "", 400},
		{"RFC 7578 §4.7: 7bit, 8bit and binary", multipartBody(part{field("a", "").header + "\ncontent-transfer-encoding: 7BIT", "1"}, part{field("b", "").header + "\nContent-Transfer-Encoding: binary", "2"}, part{field("c", "").header + "\nContent-Transfer-Encoding:8bit", "3"}), `a="1" b="2" c="3"`, 0},
		{"RFC 7578 §4.7: base64", disposition("form-data; name=a\nContent-Transfer-Encoding: base64"), "", 400},
		{"RFC 7578 §4.7: no encoding", disposition("form-data; name=a\nContent-Transfer-Encoding:"), "", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n", "␊", "\n", "␍", "\r").Replace(tt.body)
			for _, whole := range []bool{true, false} {
				var src io.Reader = strings.NewReader(body)
				if !whole {
					src = iotest.OneByteReader(src)
				}
				r, dir := upload(t, src, len(body), cgi.Limits{})
				got, err := show(r)
				if got != tt.want || status(err) != tt.status {
					t.Errorf("got %s, %v; want %s, status %d", got, err, tt.want, tt.status)
				}
				if err != nil {
					again, err2 := r.Files()
					if again != nil || err2 != err {
						t.Errorf("the second time: %v, %v", again, err2)
					}
				}
				if err := r.Close(); err != nil || len(stored(t, dir)) > 0 {
					t.Errorf("%v, left: %q", err, stored(t, dir))
				}
			}
		})
	}
}

func TestMultipartBoundary(t *testing.T) {
	for _, tt := range []struct {
		contentType, boundary string
		status                int
	}{
		{`multipart/form-data; boundary=x`, "x", 0},
		{`Multipart/FORM-data;Boundary="x"`, "x", 0},
		{`multipart/form-data; charset=utf-8; boundary=x;`, "x", 0},
		{`multipart/form-data; boundary="a b"`, "a b", 0},
		{`multipart/form-data; boundary="'()+_,-./:=?"`, "'()+_,-./:=?", 0},
		{`multipart/form-data; boundary=----=_Part_1_2.3`, "----=_Part_1_2.3", 0},
		{`multipart/form-data; boundary=` + strings.Repeat("b", 70), strings.Repeat("b", 70), 0},
		{`multipart/form-data; boundary=` + strings.Repeat("b", 71), "", 400},
		{`multipart/form-data; boundary=` + strings.Repeat("b", 10<<10), "", 400},
		{`multipart/form-data`, "", 400},
		{`multipart/form-data;`, "", 400},
		{`multipart/form-data; boundary`, "", 400},
		{`multipart/form-data; boundary=`, "", 400},
		{`multipart/form-data; boundary=""`, "", 400},
		{`multipart/form-data; boundary="x`, "", 400},
		{`multipart/form-data; boundary="x "`, "", 400},
		{`multipart/form-data; boundary="x\"y"`, "", 400},
		{`multipart/form-data; boundary=x y`, "", 400},
		{`multipart/form-data; boundary=x, multipart/form-data; boundary=y`, "", 400},
		{`multipart/form-data; boundary=x; boundary=x`, "", 400},
		{`multipart/form-data; boundary=x; y; boundary=z`, "", 400},
		{"multipart/form-data; boundary=\"x\x00\"", "", 400},
		{"multipart/form-data; boundary=\xc3\xa4", "", 400},
		{`multipart/form-data; boundary=x[`, "", 400},
	} {
		body := "--" + tt.boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--" + tt.boundary + "--\r\n"
		r := cgi.NewRequest(cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": tt.contentType, "CONTENT_LENGTH": strconv.Itoa(len(body))}, strings.NewReader(body), cgi.Limits{})
		fields, err := r.Post()
		if status(err) != tt.status || err == nil && !slices.Equal(fields, []cgi.Field{{"a", "1"}}) {
			t.Errorf("%.80s: %q, %v; want status %d", tt.contentType, fields, err, tt.status)
		}
	}
}

// A form that is cut anywhere is malformed, and nothing of it is left.
func TestMultipartCut(t *testing.T) {
	whole := multipartBody(field("a", "1"), file("f", "x", "content\r\n--"), field("b", ""))
	r, dir := upload(t, nil, 0, cgi.Limits{})
	r.Close()
	for n := range len(whole) - len("\r\n") {
		for _, length := range []int{n, len(whole)} { // the length fits, or it does not
			r, _ := upload(t, strings.NewReader(whole[:n]), length, cgi.Limits{})
			r.SetUploadDir(dir)
			if _, err := r.Post(); status(err) != 400 {
				t.Fatalf("%d of %d bytes, length %d: %v", n, len(whole), length, err)
			}
			if names := stored(t, dir); len(names) > 0 {
				t.Fatalf("%d bytes leave %q", n, names)
			}
		}
	}
}

// Files of all sizes and contents that look like boundaries arrive as they are,
// wherever the window ends.
func TestMultipartEdges(t *testing.T) {
	const window = 64 << 10
	almost := "\r\n--" + boundary[:len(boundary)-1]
	dir := t.TempDir()
	check := func(content string, chunk int) {
		t.Helper()
		body := multipartBody(file("f", "x", content), field("a", content[:min(len(content), 10)]))
		var src io.Reader = strings.NewReader(body)
		if chunk > 0 {
			src = &chunks{src, chunk}
		}
		r, _ := upload(t, src, len(body), cgi.Limits{})
		r.SetUploadDir(dir)
		defer r.Close()
		files, err := r.Files()
		if err != nil || len(files) != 1 || files[0].Size != int64(len(content)) {
			t.Fatalf("%d bytes: %+v, %v", len(content), files, err)
		}
		got, err := os.ReadFile(files[0].Path)
		if err != nil || string(got) != content {
			t.Fatalf("%d bytes are not what they were: %v", len(content), err)
		}
	}
	pattern := strings.Repeat(almost+"\r\n\r\r\n-x", 2*window/len(almost))
	for n := 0; n <= 8193; n += 1 + n/200 {
		check(pattern[:n], 0)
	}
	for _, n := range []int{8191, 8192, 8193} {
		check(pattern[:n], 0)
	}
	head := len(multipartBody(file("f", "x", ""))) - len("\r\n--"+boundary+"--\r\n")
	for n := window - head - 2*len(almost) - 8; n < window-head+8; n++ {
		check(pattern[n%len(almost):][:n], 0)
		check(strings.Repeat("\r", n), 0)
	}
	for _, chunk := range []int{1, 2, 3, 7, 73, 74, 4096, window - 1} {
		check(pattern[:window+8193], chunk)
	}
}

// chunks is a reader that returns at most n bytes at once.
type chunks struct {
	src io.Reader
	n   int
}

func (c *chunks) Read(p []byte) (int, error) { return c.src.Read(p[:min(len(p), c.n)]) }

// A field is the same whether it comes by GET, by POST or with files, as a browser
// encodes it in each case (WHATWG HTML, "form submission").
func TestFormsAgree(t *testing.T) {
	browser := strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A")
	for _, f := range []cgi.Field{
		{"a", "1"}, {"a[]", "1"}, {"a[k][j]", "1"}, {"", ""}, {"a", ""}, {"ü €", "ü €\r\n\r\n"}, {`a"b\"c\`, `"\`},
		{"a\r\nb", "\r\n--" + boundary[1:]}, {"a=b&c;d", "a=b&c;d"}, {"%", "%22%"}, {"+", "+"}, {"\xff\x01\t", "\x00\xff"}, {" a ", " a "},
	} {
		query := escape(f.Name) + "=" + escape(f.Value)
		body := multipartBody(field(browser.Replace(f.Name), f.Value))
		form, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		post := cgi.NewRequest(cgi.Env{
			"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": strconv.Itoa(len(query)),
		}, strings.NewReader(query), cgi.Limits{})
		for way, read := range map[string]func() ([]cgi.Field, error){
			"GET": request(cgi.Env{"QUERY_STRING": query}).Get, "POST": post.Post, "multipart": form.Post,
		} {
			if got, err := read(); err != nil || !slices.Equal(got, []cgi.Field{f}) {
				t.Errorf("%q by %s is %q, %v", f, way, got, err)
			}
		}
	}
}
