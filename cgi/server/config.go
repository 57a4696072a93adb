package server

import (
	"io"
	"net/netip"
	"time"

	"lcgi/cgi"
)

// Config says what a Server serves, and how.
type Config struct {
	// Root is the folder of the site; "" is the working directory.
	Root string
	// Addr is the TCP address to listen on as "host:port"; "" is
	// "localhost:8080". The host localhost stands for 127.0.0.1 and ::1, an
	// empty host for all addresses of the machine.
	Addr string
	// Hosts are further host names that requests may ask for while the server
	// is reached by this machine only (see [New]); "*" allows all.
	Hosts []string
	// Handler answers the requests for pages.
	Handler cgi.Handler
	// Extensions are those of pages; nil is ".lc".
	Extensions []string
	// Limits bounds each request.
	Limits cgi.Limits
	// UploadDir and TrustedProxies are those of [cgi.Gateway].
	UploadDir      string
	TrustedProxies []netip.Prefix
	// Reasons is that of [cgi.Gateway].
	Reasons bool
	// Log receives the URL, a line for every request, and errors; nil drops them.
	// Writes are not concurrent.
	Log io.Writer
	// Color makes the log coloured.
	Color bool
	// Software is SERVER_SOFTWARE; "" is "lcgi".
	Software string
	// Grace is how long requests may take to end at a shutdown; 0 is 10 s.
	Grace time.Duration
	// WriteTimeout is how long a client may take nothing of an answer before
	// the connection is closed; 0 is 30 s.
	WriteTimeout time.Duration
	// Now tells the time; nil is time.Now.
	Now func() time.Time
}
