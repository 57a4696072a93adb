// Package server is the built-in web server of lcgi: it serves the pages and
// the static files of one folder.
//
// A page's request is turned into the meta-variables that a web server would
// send a CGI program (RFC 3875 §4.1) and answered by the same [cgi.Handler].
// Nothing outside the folder, no hidden file and no source of a page is ever
// served.
package server
