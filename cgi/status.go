package cgi

import (
	"strconv"
	"strings"
)

// StatusError is an error that says which HTTP status answers the request.
type StatusError struct {
	Status int     // 400 to 599
	Reason string  // for the log; shown to the client only where Gateway.Reasons is set
	Header []Field // further headers of the answer, such as Retry-After
	Err    error   // the cause, or nil
}

// Error returns the status, the reason and the cause.
func (e *StatusError) Error() string {
	s := strconv.Itoa(e.Status) + " " + StatusText(e.Status)
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *StatusError) Unwrap() error { return e.Err }

// StatusText returns the reason phrase of a status code as the IANA registry
// has it (RFC 9110 §15), and for another code that of its class.
func StatusText(status int) string {
	switch status {
	case 200:
		return "OK"
	case 201:
		return "Created"
	case 202:
		return "Accepted"
	case 203:
		return "Non-Authoritative Information"
	case 204:
		return "No Content"
	case 205:
		return "Reset Content"
	case 206:
		return "Partial Content"
	case 207:
		return "Multi-Status"
	case 300:
		return "Multiple Choices"
	case 301:
		return "Moved Permanently"
	case 302:
		return "Found"
	case 303:
		return "See Other"
	case 304:
		return "Not Modified"
	case 307:
		return "Temporary Redirect"
	case 308:
		return "Permanent Redirect"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 402:
		return "Payment Required"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 406:
		return "Not Acceptable"
	case 408:
		return "Request Timeout"
	case 409:
		return "Conflict"
	case 410:
		return "Gone"
	case 411:
		return "Length Required"
	case 412:
		return "Precondition Failed"
	case 413:
		return "Content Too Large"
	case 414:
		return "URI Too Long"
	case 415:
		return "Unsupported Media Type"
	case 416:
		return "Range Not Satisfiable"
	case 417:
		return "Expectation Failed"
	case 418:
		return "I'm a teapot" // RFC 2324
	case 421:
		return "Misdirected Request"
	case 422:
		return "Unprocessable Content"
	case 423:
		return "Locked"
	case 425:
		return "Too Early"
	case 426:
		return "Upgrade Required"
	case 428:
		return "Precondition Required"
	case 429:
		return "Too Many Requests"
	case 431:
		return "Request Header Fields Too Large"
	case 451:
		return "Unavailable For Legal Reasons"
	case 500:
		return "Internal Server Error"
	case 501:
		return "Not Implemented"
	case 502:
		return "Bad Gateway"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Gateway Timeout"
	case 505:
		return "HTTP Version Not Supported"
	case 507:
		return "Insufficient Storage"
	}
	switch status / 100 {
	case 2:
		return "Success"
	case 3:
		return "Redirection"
	case 4:
		return "Client Error"
	}
	return "Server Error"
}

// ErrorPage returns a small HTML page that names a status and, unless it is
// empty, the id of the request under which the log says more.
func ErrorPage(status int, id string) string { return errorPage(status, id, "") }

// errorPage is ErrorPage with a reason, unless that is empty.
func errorPage(status int, id, reason string) string {
	title := strconv.Itoa(status) + " " + StatusText(status)
	page := `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>` + title + `</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:36em;margin:12vh auto;padding:0 1em}</style>
</head><body><h1>` + title + `</h1>
`
	if reason != "" {
		page += "<p>" + escapeHTML(OneLine(reason)) + "</p>\n"
	}
	if id != "" {
		page += "<p>Request " + escapeHTML(id) + "</p>\n"
	}
	return page + "</body></html>\n"
}

// errorJSON is errorPage for programs: {"status":400,"error":"Bad Request","request":"…"},
// with "reason" behind it, unless that is empty.
func errorJSON(status int, id, reason string) string {
	answer := `{"status":` + strconv.Itoa(status) + `,"error":"` + StatusText(status) + `","request":"` + id + `"`
	if reason != "" {
		// OneLine leaves nothing else that JSON escapes.
		answer += `,"reason":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(OneLine(reason)) + `"`
	}
	return answer + "}\n"
}

// errorAnswer returns an error page as the client reads it, and its media type.
func (r *Request) errorAnswer(status int, id, reason string) (mime, page string) {
	if r.WantsJSON() {
		return "application/json", errorJSON(status, id, reason)
	}
	return defaultContentType, errorPage(status, id, reason)
}

// WantsJSON reports whether the client reads JSON and no HTML: it says so, or sends
// JSON itself and does not ask for HTML.
func (r *Request) WantsJSON() bool {
	accept := strings.ToLower(r.Header("Accept"))
	if strings.Contains(accept, "text/html") {
		return false
	}
	return strings.Contains(accept, "application/json") || r.IsJSON()
}

func escapeHTML(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}
