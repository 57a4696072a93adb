package cgi_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"lcgi/cgi"
)

// FuzzMultipart compares the parser with itself, fed byte by byte, and, where both
// take a form, with mime/multipart.
func FuzzMultipart(f *testing.F) {
	for _, s := range []string{
		"", "--x--", "--x\r\n\r\n\r\n--x--",
		"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
		"preamble\r\n--x \t\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\\\\c.txt\"\r\nContent-Type: a/b\r\n\r\n1\r\n--x-- \r\nepilogue",
		"--x\r\nContent-Disposition: form-data;\r\n name=\"a\\\"b\"\r\n\r\n--x\r\nContent-Disposition: form-data; name=a; filename=\"\"\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"%22%0d%0A%41\"\r\n\r\n\r\n--\r\n-x\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: binary\r\n\r\n\r\r\n\n--x\r\n--x--\r\n",
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body []byte) {
		var results [2]string
		for i, src := range []io.Reader{bytes.NewReader(body), iotest.OneByteReader(bytes.NewReader(body))} {
			r := cgi.NewRequest(cgi.Env{
				"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": fmt.Sprint(len(body)),
			}, src, cgi.Limits{})
			r.SetUploadDir(dir)
			got, err := show(r)
			if err != nil && status(err) != 400 {
				t.Fatalf("%q: %v", body, err)
			}
			results[i] = fmt.Sprint(got, err)
			if err := r.Close(); err != nil || len(stored(t, dir)) > 0 {
				t.Fatalf("%q: %v, left: %q", body, err, stored(t, dir))
			}
			if i > 0 && results[0] != results[1] {
				t.Fatalf("%q is\n%s\nand byte by byte\n%s", body, results[0], results[1])
			}
			if want, ok := model(body); ok && err == nil && got != want {
				t.Fatalf("%q is\n%s\nby mime/multipart\n%s", body, got, want)
			}
		}
	})
}

// model returns what mime/multipart makes of a form, as show writes it. It reports
// false where it is not to be compared: where that package says that the
// form is malformed, where it takes a bare LF for a line break, and where it
// reads names in its own way.
func model(body []byte) (string, bool) {
	if bytes.Count(body, []byte("\n--x")) > bytes.Count(body, []byte("\r\n--x")) {
		return "", false
	}
	var fields, files []string
	parts := multipart.NewReader(bytes.NewReader(body), "x")
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return strings.Join(append(fields, files...), " "), true
		}
		if err != nil {
			return "", false
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return "", false
		}
		disposition := p.Header.Get("Content-Disposition")
		_, params, err := mime.ParseMediaType(disposition)
		// It decodes name* and filename*, and undoes backslashes.
		if err != nil || strings.ContainsAny(disposition, `*\%`) {
			return "", false
		}
		filename, isFile := params["filename"]
		if strings.ContainsFunc(filename, func(r rune) bool { return r < ' ' || r > '~' }) || strings.Contains(filename, "/") || strings.HasPrefix(filename, ".") {
			return "", false
		}
		switch {
		case !isFile:
			fields = append(fields, fmt.Sprintf("%s=%q", params["name"], content))
		case filename == "" && len(content) == 0:
			files = append(files, params["name"]+"=none")
		default:
			files = append(files, fmt.Sprintf("%s=%s(%s)%q", params["name"], filename, p.Header.Get("Content-Type"), content))
		}
	}
}

// BenchmarkUpload reads a form with one large file, and writes that file, beside
// mime/multipart doing so.
func BenchmarkUpload(b *testing.B) {
	const size = 64 << 20
	for name, pattern := range map[string]string{"zeros": "\x00", "text": "a line of text that is not very long\r\n", "look-alikes": "\r\n--" + boundary[:len(boundary)-1]} {
		body := multipartBody(file("f", "x", strings.Repeat(pattern, size/len(pattern))))
		b.Run(name+"/lcgi", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r, _ := upload(b, strings.NewReader(body), len(body), cgi.Limits{})
				if files, err := r.Files(); err != nil || len(files) != 1 {
					b.Fatal(files, err)
				}
				r.Close()
			}
		})
		b.Run(name+"/mime", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			dir := b.TempDir()
			for b.Loop() {
				p, err := multipart.NewReader(strings.NewReader(body), boundary).NextRawPart()
				if err != nil {
					b.Fatal(err)
				}
				f, err := os.CreateTemp(dir, "")
				if err == nil {
					_, err = io.Copy(f, p)
				}
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
				os.Remove(f.Name())
			}
		})
	}
}
