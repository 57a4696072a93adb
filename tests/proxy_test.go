package tests

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestTrustedProxy puts nginx in front of the built-in server. What it says of the
// client counts if it is named in LCGI_TRUSTED_PROXIES, and what the client says of
// himself never does.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"who.lc":     `<?lc put(request.remoteAddr, " ", request.scheme, " ", tostring(request.https), " ", request.host, " ", _SERVER.REMOTE_ADDR) ?>`,
		"session.lc": `<?lc start session _SESSION.n = 1 ?>`,
		"files.lc":   `<?lc put(_FILES.f.size) ?>`,
	}
	spoofed := map[string]string{
		"X-Forwarded-For":   "203.0.113.7",
		"X-Forwarded-Proto": "gopher",
		"X-Forwarded-Host":  "evil.example",
		"Forwarded":         "for=203.0.113.7;host=evil.example;proto=https",
		"X-Real-Ip":         "203.0.113.7",
	}
	// get asks from another address of this machine, that the proxy can be told from
	// its clients.
	get := func(t *testing.T, url, from string, header map[string]string) (*http.Response, string) {
		t.Helper()
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range header {
			r.Header.Set(name, value)
		}
		r.Host = "shop.example:8443"
		if strings.Contains(url, "direct=") {
			r.Host = ""
		}
		answer, err := client.Do(r)
		if err != nil {
			if strings.Contains(err.Error(), "assign requested address") {
				t.Skipf("this system has no second loopback address: %v", err)
			}
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(body)
	}
	for _, c := range []struct {
		name, trusted string
		want          string // {host} is the server's own address
		secure        bool
		direct        string // the same without a proxy
	}{
		{"not trusted", "", "127.0.0.1 http false {host} 127.0.0.1", false, "127.0.0.2 http false {host} 127.0.0.2"},
		{"others trusted", "10.0.0.0/8,::1", "127.0.0.1 http false {host} 127.0.0.1", false, "127.0.0.2 http false {host} 127.0.0.2"},
		{"trusted", "127.0.0.1", "127.0.0.2 https true shop.example:8443 127.0.0.1", true, "127.0.0.2 http false {host} 127.0.0.2"},
		{"trusted with its network", "10.0.0.0/8, 127.0.0.1/32", "127.0.0.2 https true shop.example:8443 127.0.0.1", true, "127.0.0.2 http false {host} 127.0.0.2"},
		// The client is a proxy, too, and believed.
		{"all trusted", "127.0.0.0/8", "203.0.113.7 https true shop.example:8443 127.0.0.1", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := startPages(t, servers.Serve, pages, map[string]string{"LCGI_TRUSTED_PROXIES": c.trusted})
			proxy := servers.StartProxy(t, server.Addr, "")
			expand := func(s string) string { return strings.ReplaceAll(s, "{host}", server.Addr) }
			for _, header := range []map[string]string{nil, spoofed} {
				want := expand(c.want)
				if header == nil {
					want = strings.Replace(want, "203.0.113.7", "127.0.0.2", 1)
				}
				if _, got := get(t, proxy.URL+"/who.lc", "127.0.0.2", header); got != want {
					t.Errorf("the page sees %q, want %q (client's headers: %v)", got, want, header)
				}
				if c.direct != "" {
					if _, got := get(t, server.URL+"/who.lc?direct=1", "127.0.0.2", header); got != expand(c.direct) {
						t.Errorf("without the proxy the page sees %q, want %q (client's headers: %v)", got, expand(c.direct), header)
					}
				}
			}
			answer, _ := get(t, proxy.URL+"/session.lc", "127.0.0.2", nil)
			if cookie := answer.Header.Get("Set-Cookie"); cookie == "" || strings.Contains(cookie, "Secure") != c.secure {
				t.Errorf("the cookie is %q, want Secure: %v", cookie, c.secure)
			}
			request := wire.Form("/files.lc", wire.File("f", "x", strings.Repeat("x", mega)))
			upload, err := wire.Send(proxy.Addr, request)
			if err != nil || upload.Status != 200 || string(upload.Body) != "1048576" {
				t.Errorf("an upload through the proxy: %v, %+v", err, upload)
			}
		})
	}
}
