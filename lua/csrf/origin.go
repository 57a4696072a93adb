package csrf

import (
	"fmt"
	"strings"

	"lcgi/cgi"
)

// foreign returns why the request is taken for one that another site has made, or
// "". Browsers that say nothing of it, and clients that are none, are left to the
// token.
func foreign(r *cgi.Request) string {
	// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
	switch site := r.Header("Sec-Fetch-Site"); site {
	case "", "same-origin", "none":
	default:
		return fmt.Sprintf("it comes from another site (Sec-Fetch-Site: %.40q)", site)
	}
	// RFC 6454 §7; "null" is what a browser says that will not tell.
	switch origin := r.Header("Origin"); origin {
	case "":
	case "null":
		return `it does not tell where it comes from (Origin: "null"), as with Referrer-Policy: no-referrer`
	default:
		if ours := r.Scheme() + "://" + r.Host(); !sameOrigin(origin, ours) {
			return fmt.Sprintf("it comes from another site (Origin: %.200q, which is not %q; where a proxy is between, LCGI_TRUSTED_PROXIES must name it)", origin, ours)
		}
	}
	return ""
}

// sameOrigin compares a scheme, a host and a port (RFC 6454 §5). Not every client
// leaves the port of the scheme out of its Host.
func sameOrigin(a, b string) bool { return normal(a) == normal(b) }

func normal(origin string) string {
	origin = strings.ToLower(origin)
	switch {
	case strings.HasPrefix(origin, "http://"):
		origin = strings.TrimSuffix(origin, ":80")
	case strings.HasPrefix(origin, "https://"):
		origin = strings.TrimSuffix(origin, ":443")
	}
	return origin
}
