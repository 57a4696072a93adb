package cgi

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// SetPersonal says that the answer is for the visitor who has asked and for nobody
// else. Like one that sets a cookie, it then tells shared caches not to keep it,
// whatever the page says of them, and if it says nothing, too.
func (w *Response) SetPersonal() { w.personal = true }

// keepFromOthers takes from the headers what would let a shared cache give one
// visitor's answer to another, and says that it must not: without Cache-Control it
// may keep an answer for as long as it thinks fit (RFC 9111 §4.2.2), and a Set-Cookie alone
// does not keep it from doing so (§7.3). How long the visitor's own browser may use the
// answer stays.
func (w *Response) keepFromOthers() {
	if !w.personal && len(w.cookies) == 0 && w.index("Set-Cookie") < 0 {
		return
	}
	list := []string{"private"}
	private, fresh := false, false
	for _, f := range w.header {
		if !strings.EqualFold(f.Name, "Cache-Control") {
			continue
		}
		for _, directive := range splitList(f.Value) {
			name, _, qualified := strings.Cut(directive, "=")
			switch strings.ToLower(strings.Trim(name, " \t")) {
			case "public", "s-maxage", "proxy-revalidate", "":
				continue
			case "private": // private="field" is only about that field
				private = private || !qualified
			case "no-store":
				private, fresh = true, true
			case "max-age", "no-cache":
				fresh = true
			}
			list = append(list, directive)
		}
	}
	if private {
		list = list[1:]
	}
	if expires := w.Header("Expires"); w.index("Expires") >= 0 && !fresh {
		list = append(list, "max-age="+strconv.Itoa(w.secondsUntil(expires)))
	}
	w.header = slices.DeleteFunc(w.header, func(f Field) bool { return isForSharedCaches(f.Name) })
	w.header = append(w.header, Field{"Cache-Control", strings.Join(list, ", ")})
}

// isForSharedCaches reports whether a header tells shared caches how long they may keep an
// answer. Some obey one of their own before Cache-Control: CDNs (RFC 9213 §2.2), and nginx
// X-Accel-Expires. Those of HTTP/1.0 know Expires alone.
func isForSharedCaches(name string) bool {
	switch name = strings.ToLower(name); name {
	case "cache-control", "expires", "surrogate-control", "edge-control", "x-accel-expires":
		return true
	}
	return strings.HasSuffix(name, "cdn-cache-control") // also those of one CDN
}

// secondsUntil returns the seconds until a date, 0 if that is over or no date, which
// means the same (RFC 9111 §5.3).
func (w *Response) secondsUntil(date string) int {
	t, ok := parseHTTPDate(date)
	if !ok {
		return 0
	}
	return int(max(0, min(t.Unix()-w.now().Unix(), math.MaxInt32)))
}

// splitList returns the elements of a list (RFC 9110 §5.6.1). A comma in a quoted
// string separates nothing.
func splitList(s string) []string {
	var list []string
	start, quoted := 0, false
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s), s[i] == ',' && !quoted:
			list = append(list, strings.Trim(s[start:i], " \t"))
			start = i + 1
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted && i+1 < len(s):
			i++
		}
	}
	return list
}
