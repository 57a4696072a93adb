// Package cgi is the HTTP edge of lcgi: it turns what a web server hands over
// into a [Request], gives a [Handler] a buffered [Response] to fill, and sends
// that response exactly once.
//
// Every front end (CGI/1.1 here, the built-in server in cgi/server) speaks the
// language of RFC 3875: it brings an [Env] of meta-variables, a request body and
// a [Sink], and calls [Gateway.Serve]. What a page sees is therefore decided
// in one place, and the same request gives the same answer on every way in. A
// page that has begun comes to its end, or to that of its time, also when
// its client leaves, unless it streams to that client.
//
// The package does nothing with pages, Lua or sessions. Only its error texts speak to
// those who read them: they name the settings of lcgi (LCGI_MAX_BODY), and what a
// page calls (response.status) or says (maxAge of response.cache). It imports neither
// net/http nor anything else that would cost a CGI process its start-up time.
package cgi
