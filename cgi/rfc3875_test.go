package cgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// What RFC 3875 asks of the script, section by section: each MUST and SHOULD has a
// row here, or a test that is named here.
//
//	§3.4 end without warning        TestUploadKill; session: TestKilledAtEveryPoint, TestEngineKilledAtEveryPoint
//	§4.1.1, §4.1.9–11, §4.1.14–17   only what the server MUST; pages see them in _SERVER
//	§4.1.6 PATH_TRANSLATED          TestScript (Action, fcgiwrap), TestSplitPath
//	§4.1.18 names, §9.2, httpoxy    TestEnvFromEnviron, TestRequestHeaders; server: TestMetaVariables
//	§4.2 end of the input           TestRequestBody; tests: TestContentLength
//	§4.3.1, §9.1 GET is safe        for pages to heed
//	§5 NPH                          lcgi is none ("§6.2" below); tests: TestNonParsedHeader
//	§6.2.2 local redirect           not used ("§6.2.4" below); tests: TestLocalRedirect
//	§6.3.5 X-CGI- fields            none is made
//	§7.1, §7.3                      other systems
//	§8.2 void and dot segments      TestScript, TestSplitPath, FuzzScript
//	§9.5 interference               the server is another process; lua/vm bounds what a page takes
//	§9.6 length of the body         TestUploadLimits, TestRequestBodyPromiseCostsNothing
//	§9.8 relative paths             what the server MUST; TestScript keeps within the root
//
// One SHOULD is not followed: §6.3.3 has the script look at SERVER_PROTOCOL before it
// uses a status code of HTTP/1.1. Clients treat a code that they do not know as the
// first of its class (RFC 1945 §6.1.1, RFC 9110 §15), so there is no better one to
// choose.

// answer is what a CGI program has written.
type answer struct {
	lines []string // of the header
	body  string
}

// values returns the values of a header field.
func (a answer) values(name string) (values []string) {
	for _, line := range a.lines {
		if field, value, _ := strings.Cut(line, ":"); strings.EqualFold(field, name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

func (a answer) value(name string) string { return strings.Join(a.values(name), " | ") }

// runCGI has the handler answer a request over CGI. A variable in env replaces that of a
// plain GET; "-" takes it away.
func runCGI(t *testing.T, env cgi.Env, stdin io.Reader, handle func(w *cgi.Response, r *cgi.Request) error) answer {
	t.Helper()
	vars := cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "QUERY_STRING": "",
		"SCRIPT_NAME": "/page.lc", "SERVER_NAME": "h", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "SERVER_SOFTWARE": "test",
	}
	for name, value := range env {
		vars[name] = value
	}
	var environ []string
	for name, value := range vars {
		if value != "-" {
			environ = append(environ, name+"="+value)
		}
	}
	g := cgi.Gateway{UploadDir: t.TempDir(), Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error { return handle(w, r) })}
	var out bytes.Buffer
	if err := g.ServeCGI(t.Context(), environ, stdin, &out); err != nil {
		t.Fatal(err)
	}
	head, body, ok := strings.Cut(out.String(), "\r\n\r\n")
	if !ok {
		t.Fatalf("RFC 3875 §6.2: no blank line behind the header: %q", out.String())
	}
	return answer{strings.Split(head, "\r\n"), body}
}

// say is a handler that writes what the functions return.
func say(values ...func(r *cgi.Request) any) func(*cgi.Response, *cgi.Request) error {
	return func(w *cgi.Response, r *cgi.Request) error {
		for _, v := range values {
			fmt.Fprint(w, v(r), ";")
		}
		return nil
	}
}

func TestRFC3875Request(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	post := func(contentType, length string) cgi.Env {
		return cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": contentType, "CONTENT_LENGTH": length}
	}
	query := func(r *cgi.Request) any { return r.Query() }
	method := func(r *cgi.Request) any { return r.Method() }
	pathInfo := func(r *cgi.Request) any { return r.PathInfo() }
	path := func(r *cgi.Request) any { return r.Path() }
	scheme := func(r *cgi.Request) any { return r.Scheme() }
	remote := func(r *cgi.Request) any { return r.RemoteAddr() }
	fields := func(r *cgi.Request) any {
		get, err := r.Get()
		if err != nil {
			return err
		}
		post, err := r.Post()
		if err != nil {
			return err
		}
		return fmt.Sprintf("%v%v", get, post)
	}
	body := func(r *cgi.Request) any {
		b, err := r.Body()
		if err != nil {
			return err
		}
		return string(b)
	}
	tests := []struct {
		section, name string
		env           cgi.Env
		stdin         string
		handle        func(*cgi.Response, *cgi.Request) error
		status, want  string // of an error page only the status
	}{
		{"§3.3", "the scheme is found from what servers add", cgi.Env{"HTTPS": "on"}, "", say(scheme), "200 OK", "https;"},
		{"§3.3", "SERVER_PROTOCOL is no scheme", cgi.Env{"SERVER_PROTOCOL": "HTTP/2.0"}, "", say(scheme), "200 OK", "http;"},
		{"§4.1", "what is not set is what is empty", cgi.Env{"QUERY_STRING": "-", "CONTENT_LENGTH": "-", "CONTENT_TYPE": "-"}, "x", say(query, pathInfo, fields, body), "200 OK", ";;[][];;"},
		{"§4.1", "what is empty is what is not set", cgi.Env{"PATH_INFO": "", "CONTENT_LENGTH": "", "CONTENT_TYPE": ""}, "x", say(query, pathInfo, fields, body), "200 OK", ";;[][];;"},
		{"§4.1", "values are case-sensitive", cgi.Env{"QUERY_STRING": "A=b&a=B"}, "", say(fields), "200 OK", "[{A b} {a B}][];"},
		{"§4.1.2", "the length is decimal", post(form, "03"), "a=1", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.1.2", "and nothing else", post(form, "0x3"), "a=1", nil, "400 Bad Request", ""},
		{"§4.1.3", "types are not case-sensitive", post("Application/X-WWW-Form-URLEncoded;CHARSET=utf-8", "3"), "a=1", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.1.3", "the values of parameters are", post("multipart/form-data;BOUNDARY=X", "55"), "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.1.3", "the type is not guessed where one is set", post("text/plain", "3"), "a=1", say(fields, body), "200 OK", "[][];a=1;"},
		{"§4.1.3", "a form without its type is no form", post("", "3"), "a=1", say(fields, body), "200 OK", "[][];a=1;"},
		{"§4.1.4", "leading zeros are ignored", cgi.Env{"GATEWAY_INTERFACE": "CGI/001.01"}, "", say(method), "200 OK", "GET;"},
		{"§4.1.4", "the numbers are whole numbers", cgi.Env{"GATEWAY_INTERFACE": "CGI/1.13"}, "", say(method), "200 OK", "GET;"},
		{"§4.1.4", "another version is not spoken", cgi.Env{"GATEWAY_INTERFACE": "CGI/12.3"}, "", nil, "500 Internal Server Error", ""},
		{"§4.1.5", "PATH_INFO is decoded already", cgi.Env{"PATH_INFO": "/a%20b+c/Ü//"}, "", say(pathInfo), "200 OK", "/a%20b+c/Ü//;"},
		{"§4.1.7", "QUERY_STRING is decoded after it is split", cgi.Env{"QUERY_STRING": "a=1%26b%3D2&c+d=%2B"}, "", say(query, fields), "200 OK", "a=1%26b%3D2&c+d=%2B;[{a 1&b=2} {c d +}][];"},
		{"§4.1.8", "the address is that of the next hop (§8.2)", cgi.Env{"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, "", say(remote), "200 OK", "127.0.0.1;"},
		{"§4.1.12", "methods are case-sensitive", cgi.Env{"REQUEST_METHOD": "post", "CONTENT_TYPE": form, "CONTENT_LENGTH": "3"}, "a=1", say(method, fields), "200 OK", "post;[][];"},
		{"§4.1.12", "a method is a token", cgi.Env{"REQUEST_METHOD": "GET /"}, "", nil, "400 Bad Request", ""},
		{"§4.1.12", "and must be set", cgi.Env{"REQUEST_METHOD": "-"}, "", nil, "400 Bad Request", ""},
		{"§4.1.13", "SCRIPT_NAME and PATH_INFO are the path, decoded", cgi.Env{"SCRIPT_NAME": "/a%b.lc", "PATH_INFO": "/c d"}, "", say(path), "200 OK", "/a%b.lc/c d;"},
		{"§4.1.16", "INCLUDED is a request as others", cgi.Env{"SERVER_PROTOCOL": "INCLUDED"}, "", say(method), "200 OK", "GET;"},
		{"§4.1.18", "CONTENT_TYPE is not that of HTTP_CONTENT_TYPE", cgi.Env{"REQUEST_METHOD": "POST", "HTTP_CONTENT_TYPE": form, "CONTENT_LENGTH": "3"}, "a=1", say(fields), "200 OK", "[][];"},
		{"§4.1.18", "nor the length that of HTTP_CONTENT_LENGTH", cgi.Env{"REQUEST_METHOD": "POST", "HTTP_CONTENT_LENGTH": "3"}, "a=1", say(body), "200 OK", ";"},
		{"§4.2", "no more than the length is read", post(form, "3"), "a=1&b=2", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.2", "of a form with files neither", post("multipart/form-data; boundary=X", "55"), "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--\r\nmore", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.2", "none of it needs to be read", post(form, "3"), "a=1", say(method), "200 OK", "POST;"},
		{"§4.2", "transfer codings have been removed, and the length counts", cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": form, "CONTENT_LENGTH": "3", "HTTP_TRANSFER_ENCODING": "chunked"}, "a=1&b=2", say(fields), "200 OK", "[][{a 1}];"},
		{"§4.3", "a method that is not supported is refused", cgi.Env{"REQUEST_METHOD": "DELETE"}, "", func(*cgi.Response, *cgi.Request) error {
			return &cgi.StatusError{Status: 501, Reason: "DELETE"}
		}, "501 Not Implemented", ""},
		{"§4.3.2", "the length is looked at before the body is read", post(form, "99999999999"), "a=1", nil, "413 Content Too Large", ""},
		{"§4.3.2", "and the type before it is parsed", post("application/json", "3"), "a=1", say(fields), "200 OK", "[][];"},
		{"§4.3.4", "other methods reach the page", cgi.Env{"REQUEST_METHOD": "PROPFIND"}, "", say(method), "200 OK", "PROPFIND;"},
		{"§4.3.4", "PUT and PATCH may have forms", cgi.Env{"REQUEST_METHOD": "PATCH", "CONTENT_TYPE": form, "CONTENT_LENGTH": "3"}, "a=1", say(fields), "200 OK", "[][{a 1}];"},
		{"§7.2", "the environment has any byte but NUL", cgi.Env{"PATH_INFO": "/\x01\xff\n"}, "", say(pathInfo), "200 OK", "/\x01\xff\n;"},
		{"§8.2", "a form is one of two types", post("multipart/mixed; boundary=X", "5"), "--X--", say(fields), "200 OK", "[][];"},
		{"§9.6", "a body that is too large is 413", post("multipart/form-data; boundary=X", "99999999999"), "", nil, "413 Content Too Large", ""},
	}
	for _, tt := range tests {
		t.Run("RFC 3875 "+tt.section+": "+tt.name, func(t *testing.T) {
			handle := tt.handle
			if handle == nil {
				handle = func(*cgi.Response, *cgi.Request) error { t.Error("the page runs"); return nil }
			}
			got := runCGI(t, tt.env, strings.NewReader(tt.stdin), handle)
			if got.value("Status") != tt.status || tt.want != "" && got.body != tt.want {
				t.Errorf("got %q and %q; want %q and %q", got.lines, got.body, tt.status, tt.want)
			}
		})
	}
}

// RFC 3875 §4.2: who reads beyond the length waits for ever where the server
// leaves the input open.
func TestRFC3875InputStaysOpen(t *testing.T) {
	for _, c := range []struct{ contentType, body string }{
		{"application/x-www-form-urlencoded", "a=1"},
		{"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--"},
	} {
		in, server := io.Pipe()
		go io.WriteString(server, c.body) // and then nothing, and no end
		g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
			post, err := r.Post()
			fmt.Fprint(w, post)
			return err
		})}
		out := new(record)
		err := serveWithin(t, g, cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": c.contentType, "CONTENT_LENGTH": strconv.Itoa(len(c.body))}, in, out)
		if err != nil || string(out.body) != "[{a 1}]" {
			t.Errorf("%s: %v, %q", c.contentType, err, out.body)
		}
		in.Close()
	}
}

// RFC 3875 §4.4: command line arguments are the client's, where its query has no "=",
// and are not used in any case.
func TestRFC3875Arguments(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, args := range [][]string{nil, {"-test.list=.*"}, {"version"}, {"-c", "x"}} {
		cmd := exec.CommandContext(ctx, self(t), args...)
		cmd.Env = []string{"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "QUERY_STRING=none"}
		out, err := cmd.Output()
		if want := "Status: 204 No Content\r\n\r\n"; err != nil || string(out) != want {
			t.Errorf("%q: %v, %q", args, err, out)
		}
	}
}

func TestRFC3875Response(t *testing.T) {
	set := func(name, value string) func(*cgi.Response, *cgi.Request) error {
		return func(w *cgi.Response, _ *cgi.Request) error {
			w.WriteString("body")
			return w.SetHeader(name, value)
		}
	}
	tests := []struct {
		section, name string
		env           cgi.Env
		handle        func(w *cgi.Response, r *cgi.Request) error
		header        map[string]string // "" is none; Status is checked in any case
		body          string            // a part; "" is none
	}{
		{"§4.3.3", "HEAD has no body", cgi.Env{"REQUEST_METHOD": "HEAD"}, set("X-A", "1"), map[string]string{"Status": "200 OK", "X-A": "1", "Content-Length": "4"}, ""},
		{"§4.3.3", "nor in a stream", cgi.Env{"REQUEST_METHOD": "HEAD"}, func(w *cgi.Response, _ *cgi.Request) error {
			w.WriteString("body")
			return w.Flush("p:1")
		}, map[string]string{"Status": "200 OK", "Content-Length": ""}, ""},
		{"§4.3.3", "nor for an error", cgi.Env{"REQUEST_METHOD": "HEAD"}, func(*cgi.Response, *cgi.Request) error { return errors.New("broke") }, map[string]string{"Status": "500 Internal Server Error"}, ""},
		{"§6.1", "there is an answer when the page says nothing", nil, func(*cgi.Response, *cgi.Request) error { return nil }, map[string]string{"Status": "200 OK", "Content-Type": "text/html; charset=utf-8", "Content-Length": "0"}, ""},
		{"§6.1", "when it panics", nil, func(*cgi.Response, *cgi.Request) error { panic("boom") }, map[string]string{"Status": "500 Internal Server Error", "Content-Type": "text/html; charset=utf-8"}, "500 Internal"},
		{"§6.1", "and for every method that is none", cgi.Env{"REQUEST_METHOD": "\x00"}, nil, map[string]string{"Status": "400 Bad Request"}, "400 Bad"},
		{"§6.2.1", "a document has a type", nil, set("X-A", "1"), map[string]string{"Status": "200 OK", "Content-Type": "text/html; charset=utf-8"}, "body"},
		{"§6.2.1", "also with another status", nil, func(w *cgi.Response, _ *cgi.Request) error { w.WriteString("gone"); return w.SetStatus(410) }, map[string]string{"Status": "410 Gone", "Content-Type": "text/html; charset=utf-8"}, "gone"},
		{"§6.2.4", "a redirect has a status, a type and a document", nil, func(w *cgi.Response, _ *cgi.Request) error { return w.Redirect("http://h/x#y", 0) }, map[string]string{"Status": "302 Found", "Location": "http://h/x#y", "Content-Type": "text/html; charset=utf-8"}, "http://h/x#y"},
		{"§6.2.4", "also one to a path (§6.2.2 would not)", nil, func(w *cgi.Response, _ *cgi.Request) error { return w.Redirect("/x", 303) }, map[string]string{"Status": "303 See Other", "Location": "/x", "Content-Type": "text/html; charset=utf-8"}, "/x"},
		{"§6.2.4", "also one that is made by a header alone", nil, set("Location", "/x"), map[string]string{"Status": "302 Found", "Location": "/x", "Content-Type": "text/html; charset=utf-8"}, "body"},
		{"§6.3", "a field of CGI stands there once", nil, func(w *cgi.Response, _ *cgi.Request) error {
			for _, v := range []string{"text/plain", "text/css"} {
				if err := errors.Join(w.SetHeader("Content-Type", v), w.AddHeader("content-type", v), w.AddHeader("Location", "/"+v), w.SetHeader("LOCATION", "/"+v)); err != nil {
					return err
				}
			}
			return nil
		}, map[string]string{"Status": "302 Found", "Content-Type": "text/css", "Location": "/text/css"}, ""},
		{"§6.3.1", "text has a charset", nil, func(w *cgi.Response, _ *cgi.Request) error { return w.SetType("text/plain") }, map[string]string{"Status": "200 OK", "Content-Type": "text/plain; charset=utf-8"}, ""},
		{"§6.3.1", "and is sent as the page says it", nil, set("Content-Type", "text/plain; charset=iso-8859-1"), map[string]string{"Status": "200 OK", "Content-Type": "text/plain; charset=iso-8859-1"}, "body"},
		{"§6.3.3", "an error handler answers with the error's status", cgi.Env{"REDIRECT_STATUS": "404"}, set("X-A", "1"), map[string]string{"Status": "404 Not Found"}, "body"},
		{"§6.3.3", "a code without a phrase has that of its class", nil, func(w *cgi.Response, _ *cgi.Request) error { return w.SetStatus(299) }, map[string]string{"Status": "299 Success"}, ""},
		{"§6.4", "any bytes are a body", nil, func(w *cgi.Response, _ *cgi.Request) error {
			_, err := w.WriteString("\x00\xff\r\n\r\n\n")
			return err
		}, map[string]string{"Status": "200 OK", "Content-Length": "7"}, "\x00\xff\r\n\r\n\n"},
	}
	for _, tt := range tests {
		t.Run("RFC 3875 "+tt.section+": "+tt.name, func(t *testing.T) {
			got := runCGI(t, tt.env, nil, tt.handle)
			for name, want := range tt.header {
				if value := got.value(name); value != want {
					t.Errorf("%s: %q, want %q", name, value, want)
				}
			}
			if !strings.Contains(got.body, tt.body) || tt.body == "" && got.body != "" {
				t.Errorf("body %q, want %q", got.body, tt.body)
			}
			// What holds for every answer.
			if !strings.HasPrefix(got.lines[0], "Status: ") {
				t.Errorf("RFC 3875 §5.1: %q could be a header that is not parsed", got.lines[0])
			}
			seen := map[string]bool{}
			others := false
			for _, line := range got.lines {
				name, value, ok := strings.Cut(line, ": ")
				if !ok || name == "" || strings.ContainsAny(name, " \t:") || strings.ContainsAny(value, "\r\n\x00") {
					t.Errorf("RFC 3875 §6.3: %q is no field on one line", line)
				}
				switch strings.ToLower(name) {
				case "status", "content-type", "location":
					if seen[strings.ToLower(name)] {
						t.Errorf("RFC 3875 §6.3: there are two %s", name)
					}
					if others {
						t.Errorf("RFC 3875 §8.2: %s stands behind fields of HTTP: %q", name, got.lines)
					}
					seen[strings.ToLower(name)] = true
				default:
					others = true
				}
			}
		})
	}
}

// RFC 3875 §6.3 and §6.3.4: what a page must not send.
func TestRFC3875ResponseFieldsRefused(t *testing.T) {
	for _, f := range []cgi.Field{
		{"X-A", "a\r\nX-B: b"}, {"X-A", "a\n b"}, {"X-A", "a\x00"}, {"X A", "a"}, {"X-A:", "a"}, {"", "a"}, {"X-A\r\nX-B", "a"}, // §6.3
		{"Status", "200 OK"},                                                                                                                        // §6.3: it would stand there twice
		{"Connection", "close"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "3"}, {"Keep-Alive", "1"}, {"Upgrade", "x"}, {"Trailer", "x"}, // §6.3.4
	} {
		got := runCGI(t, nil, nil, func(w *cgi.Response, _ *cgi.Request) error {
			if w.SetHeader(f.Name, f.Value) == nil || w.AddHeader(f.Name, f.Value) == nil {
				t.Errorf("%q is taken", f)
			}
			return nil
		})
		if len(got.lines) != 3 {
			t.Errorf("%q: %q", f, got.lines)
		}
	}
}
