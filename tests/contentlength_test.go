package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// lengthPages read the body in each way there is, and not at all.
var lengthPages = map[string]string{
	"body.lc": `<?lc put("[", request.body(), "]") ?>`,
	"form.lc": `<?lc put("[", _POST.a or "", "]") ?>`,
	"none.lc": `[]`,
}

// nines is a length that no number type holds.
var nines = strings.Repeat("9", 20)

// TestContentLength starts the program with each CONTENT_LENGTH that a server,
// or a client behind a careless server, can say. Standard input stays open, as
// RFC 3875 section 4.2 allows: who reads beyond the length waits for ever.
func TestContentLength(t *testing.T) {
	t.Parallel()
	site := direct.NewSite(t, lcgi, lengthPages).With("LCGI_TIMEOUT=1s")
	const body = "a=123"
	for _, c := range []struct {
		name, length string
		closed       bool // the input ends with the body
		status       int
		text         string // what body.lc shows
	}{
		{name: "right", length: "5", status: 200, text: "[a=123]"},
		{name: "leading zeros", length: "005", status: 200, text: "[a=123]"},
		{name: "negative", length: "-1", status: 400},
		{name: "hexadecimal", length: "0x10", status: 400},
		{name: "exponent", length: "1e3", status: 400},
		{name: "leading space", length: " 5", status: 400},
		{name: "trailing space", length: "5 ", status: 400},
		{name: "sign", length: "+3", status: 400},
		{name: "list", length: "5, 5", status: 400},
		{name: "fraction", length: "5.0", status: 400},
		{name: "digits of another script", length: "٥", status: 400},
		{name: "20 nines", length: nines, status: 400},
		{name: "over the limit", length: "8388609", status: 413},
		{name: "larger than the body, which has ended", length: "6", closed: true, status: 400},
		{name: "much larger than the body, which has ended", length: "8388608", closed: true, status: 400},
		{name: "larger than the body, which may go on", length: "6", status: 408},
		{name: "smaller than the body", length: "3", status: 200, text: "[a=1]"},
		{name: "zero", length: "0", status: 200, text: "[]"},
		{name: "empty", length: "", status: 200, text: "[]"},
		{name: "missing", length: "missing", status: 200, text: "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for page := range lengthPages {
				if c.status == 408 && page == "form.lc" {
					continue // it would take as long once more
				}
				status, text := c.status, c.text
				switch page {
				case "form.lc":
					text = strings.Replace(text, "[a=", "[", 1)
				case "none.lc":
					// What does not come is not missed. Nonsense and too much is
					// refused before the page.
					if c.closed || status == 408 {
						status = 200
					}
					text = "[]"
				}
				answer := withInput(t, site, page, c.length, body, c.closed)
				if answer.Status != status || status == 200 && string(answer.Body) != text {
					t.Errorf("%s: status %d, want %d %s\n%s\nlog: %s", page, answer.Status, status, text, excerpt(string(answer.Body)), answer.Stderr)
				}
				if status != 200 && !strings.Contains(answer.Stderr, "lcgi: ") {
					t.Errorf("%s: the log does not say why: %q", page, answer.Stderr)
				}
				// A body may take 20 seconds, and more only while it comes.
				if answer.Took > 40*time.Second {
					t.Errorf("%s: it took %v", page, answer.Took)
				}
			}
		})
	}
}

// withInput runs a POST whose CONTENT_LENGTH is length, "missing" for none, and
// whose standard input ends with the body only if closed.
func withInput(t *testing.T, site direct.Site, page, length, body string, closed bool) *direct.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := site.Command(ctx, wire.Post("/"+page, ""))
	if length != "missing" {
		cmd.Env = append(cmd.Env, "CONTENT_LENGTH="+length)
	}
	stdin, client, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	cmd.Stdin = stdin
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err = cmd.Start()
	stdin.Close()
	if err != nil {
		t.Fatal(err)
	}
	// A process that wants nothing of it may have ended already.
	if _, err := io.WriteString(client, body); err != nil && !errors.Is(err, syscall.EPIPE) {
		t.Fatal(err)
	}
	if closed {
		client.Close()
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%s: it hangs; log: %s", page, &stderr)
	}
	answer, parseErr := direct.Parse(stdout.Bytes())
	if parseErr != nil {
		t.Fatalf("%s: %v (%v)\n%s", page, parseErr, err, &stderr)
	}
	return &direct.Response{Response: answer, Stderr: stderr.String(), Err: err, Took: time.Since(begin)}
}

// TestContentLengthOverServers sends the same by HTTP, where the server sees it
// first. RFC 9112 section 6.3 has it refuse what is no number; what it lets
// through, lcgi sees. No connection hangs.
func TestContentLengthOverServers(t *testing.T) {
	t.Parallel()
	type row struct {
		name, header string
		status       []int // any of them; 0 is a connection that is closed without a word
		text         string
		end          bool // the client sends no more than the body
	}
	refused := []int{400}
	rows := []row{
		{"right", "Content-Length: 5\r\n", []int{200}, "[a=123]", false},
		{"negative", "Content-Length: -1\r\n", refused, "", false},
		{"hexadecimal", "Content-Length: 0x10\r\n", refused, "", false},
		{"exponent", "Content-Length: 1e3\r\n", refused, "", false},
		// White space around a field value is no part of it (RFC 9110 section 5.5).
		{"white space around", "Content-Length:  5 \r\n", []int{200}, "[a=123]", false},
		{"sign", "Content-Length: +3\r\n", refused, "", false},
		{"20 nines", "Content-Length: " + nines + "\r\n", []int{400, 413}, "", false},
		{"over the limit", "Content-Length: 999999999999\r\n", []int{413, 0}, "", true},
		{"two that differ", "Content-Length: 5\r\nContent-Length: 3\r\n", refused, "", false},
		{"a list", "Content-Length: 5, 3\r\n", refused, "", false},
		{"larger than the body", "Content-Length: 6\r\n", []int{400, 408, 0}, "", true},
		{"smaller than the body", "Content-Length: 3\r\n", []int{200}, "[a=1]", false},
		{"zero", "Content-Length: 0\r\n", []int{200}, "[]", false},
		// RFC 9112 section 6.3: then the request has none.
		{"missing", "", []int{200, 411}, "[]", false},
		{"empty", "Content-Length:\r\n", []int{200, 400, 411}, "[]", false},
	}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := startPages(t, kind, lengthPages, map[string]string{"LCGI_TIMEOUT": "2s"})
			for _, row := range rows {
				for _, page := range []string{"body.lc", "form.lc"} {
					request := fmt.Sprintf("POST /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\na=123",
						page, server.Addr, row.header)
					begin := time.Now()
					answer, err := wire.Exchange(server.Addr, []byte(request), row.end)
					took := time.Since(begin)
					if err != nil {
						t.Errorf("%s %s: %v", row.name, page, err)
						continue
					}
					status := 0
					fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
					if !slices.Contains(row.status, status) || kind == servers.Serve && status == 0 {
						t.Errorf("%s %s: status %d, want one of %v\n%s", row.name, page, status, row.status, excerpt(string(answer)))
					}
					if want := row.text; status == 200 {
						if page == "form.lc" {
							want = strings.Replace(want, "[a=", "[", 1)
						}
						if !strings.Contains(string(answer), want) {
							t.Errorf("%s %s: the answer has no %q:\n%s", row.name, page, want, excerpt(string(answer)))
						}
					}
					if took > 15*time.Second {
						t.Errorf("%s %s: it took %v", row.name, page, took)
					}
				}
			}
		})
	}
}
