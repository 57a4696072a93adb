package tests

import (
	"encoding/hex"
	"strings"
	"testing"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestInjection has pages put what a visitor sends into headers, and looks at the
// bytes of the answer as they come from each server. Whatever it is that the
// visitor sends, he gets no header of his own: the page fails. (All functions
// and all values are in the tests of package lua.)
func TestInjection(t *testing.T) {
	t.Parallel()
	functions := map[string]string{
		"header value": `response.header("X-One", v)`,
		"header name":  `response.header(v, "x")`,
		"addHeader":    `response.addHeader("X-One", v)`,
		"put header":   `put header "X-One: " .. v`,
		"type":         `response.type("text/plain" .. v)`,
		"cookie name":  `response.cookie(v, "x")`,
		"cookie path":  `response.cookie("c", "x", {path = "/" .. v})`,
		"redirect":     `redirect("/x" .. v)`,
		"sendFile":     `response.sendFile("file.txt", {type = "text/plain" .. v})`,
		"cache":        `response.cache{vary = "Accept" .. v}`,
		"etag":         `response.cache{etag = v}`,
	}
	pages := map[string]string{"file.txt": "a file"}
	for name, code := range functions {
		pages[strings.ReplaceAll(name, " ", "-")+".lc"] = `<?lc
local v = _GET.v:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)
` + code + `
?>page`
	}
	values := []string{
		"\r\nX-Evil: 1",
		"\nX-Evil: 1",
		"\rX-Evil: 1",
		"\r\n\r\n<script>X-Evil</script>",
		"x\x00X-Evil: 1",
		"\r\nSet-Cookie: X-Evil=1",
		"\r\nStatus: 201 X-Evil",
		"\n\tX-Evil: 1",
		"\r\nTransfer-Encoding: chunked\r\nX-Evil: 1",
		"\x7fX-Evil: 1",
	}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := startPages(t, kind, pages, nil)
			for name := range functions {
				for _, value := range values {
					target := "/" + strings.ReplaceAll(name, " ", "-") + ".lc?v=" + hex.EncodeToString([]byte(value))
					answer, err := wire.Exchange(server.Addr, wire.Get(target).Bytes(server.Addr), false)
					if err != nil {
						t.Fatal(err)
					}
					got := string(answer)
					if strings.Contains(got, "X-Evil") || strings.Contains(got, "\x00") {
						t.Errorf("%s of %q is answered\n%s", name, value, excerpt(got))
					}
					if !strings.HasPrefix(got, "HTTP/1.1 500 ") {
						t.Errorf("%s of %q: the page went on:\n%s", name, value, excerpt(got))
					}
					// What was only data is sent as such.
					if strings.Count(got, "HTTP/1.1") != 1 {
						t.Errorf("%s of %q makes two answers:\n%s", name, value, excerpt(got))
					}
				}
			}
		})
	}
	t.Run("cookie value", func(t *testing.T) {
		for _, kind := range servers.Kinds() {
			server := startPages(t, kind, map[string]string{"cookie.lc": `<?lc response.cookie("c", "a\r\nX-Evil: 1; path=/evil, d=e\0") ?>`}, nil)
			answer, err := wire.Send(server.Addr, wire.Get("/cookie.lc"))
			if err != nil {
				t.Fatal(err)
			}
			if lines := answer.Header["Set-Cookie"]; len(lines) != 1 || answer.Header.Get("X-Evil") != "" ||
				lines[0] != "c=a%0D%0AX-Evil:%201%3B%20path=/evil%2C%20d=e%00; Path=/; HttpOnly; SameSite=Lax" {
				t.Errorf("%s: status %d, %q", kind, answer.Status, lines)
			}
		}
	})
}
