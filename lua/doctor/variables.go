package doctor

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// hidden stands where a secret was.
const hidden = "(not shown)"

const (
	maxRead  = 4000 // bytes of a variable that are looked through
	maxShown = 300  // bytes of what is left of them that are shown
)

// variables tells the meta-variables of the request, but not the settings, which
// have a group of their own.
func (e *examination) variables() {
	if e.Request == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(e.Request.Env)) {
		if !strings.HasPrefix(name, "LCGI_") {
			e.found(OK, name, shown(name, e.Request.Env[name]), "")
		}
	}
}

// shown returns the value of a variable without its secrets.
func shown(name, value string) string {
	all := len(value)
	value = shorten(cutPassword(value), maxRead)
	path, query, isURL := strings.Cut(value, "?")
	isQuery := strings.HasSuffix(name, "QUERY_STRING")
	switch {
	case value == "":
		return "(empty)"
	case isSecret(name) && !isHarmless(name), !isQuery && !isURL && hasSecret(value):
		return fmt.Sprintf("%s, bytes: %d", hidden, all)
	case isQuery:
		value = cutQuery(value)
	case isURL:
		value = path + "?" + cutQuery(query)
	}
	return shorten(cutID(value), maxShown)
}

// shorten returns the first bytes of a text.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// hasSecret reports whether a text that is no query has a secret in it: a pair like
// password=x, as the addresses of databases have them, or a JSON web token (RFC
// 7519), which begins with {" in base64.
func hasSecret(s string) bool {
	if strings.Contains(s, "eyJ") {
		return true
	}
	for pair := range strings.FieldsFuncSeq(s, func(c rune) bool { return strings.ContainsRune(" ;,&", c) }) {
		if name, _, ok := strings.Cut(pair, "="); ok && isSecret(name) {
			return true
		}
	}
	return false
}

// secretWords are in the names of what must not be told.
const secretWords = "AUTH COOKIE CREDENTIAL DSN JWT KEY OIDC PASS PRIVATE PWD SECRET SESSID SESSION_ID SIGNATURE TOKEN"

// isSecret reports whether the name of a variable or of a field speaks of a secret.
func isSecret(name string) bool {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	for word := range strings.FieldsSeq(secretWords) {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// isHarmless reports whether a variable is one of those that sound like a secret and
// hold a method, a folder, or the server's name.
func isHarmless(name string) bool {
	switch name {
	case "AUTH_TYPE", "REDIRECT_AUTH_TYPE", "PWD", "OLDPWD", "SERVER_SIGNATURE":
		return true
	}
	return false
}

// cutQuery leaves out what the fields of a query must not tell.
func cutQuery(query string) string {
	fields := strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' })
	for i, field := range fields {
		if tells(field) {
			name, _, _ := strings.Cut(field, "=")
			fields[i] = name + "=" + hidden
		}
	}
	return strings.Join(fields, "&")
}

// tells reports whether a field of a query has a secret in it, or an address with
// one. What cannot be decoded cannot be known.
func tells(field string) bool {
	name, value, _ := strings.Cut(field, "=")
	name, nameErr := url.QueryUnescape(name)
	value, valueErr := url.QueryUnescape(value)
	if nameErr != nil || valueErr != nil || isSecret(name) || hasSecret(value) || cutID(value) != value || cutPassword(value) != value {
		return true
	}
	_, query, ok := strings.Cut(value, "?")
	if !ok {
		query = value
	}
	for inner := range strings.FieldsFuncSeq(query, func(c rune) bool { return c == '&' || c == ';' }) {
		if strings.Contains(inner, "=") && tells(inner) {
			return true
		}
	}
	return false
}

// cutPassword leaves out the passwords of the URLs in s: what stands between
// "://" and the last "@" of the authority (RFC 3986 §3.2).
func cutPassword(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "://")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString("://")
		end := strings.IndexAny(rest, "/?# ,")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			b.WriteString(hidden)
			rest = rest[at:]
		}
		s = rest
	}
}

// cutID leaves out runs of hexadecimal digits as long as those of session ids,
// and not much shorter ones: they may be one that was cut.
func cutID(s string) string {
	const shortest = 24
	var b strings.Builder
	start, run := 0, 0 // of what is not written yet; digits behind one another
	for i := 0; i <= len(s); i++ {
		if i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0 {
			run++
			continue
		}
		if run >= shortest {
			b.WriteString(s[start:i-run] + hidden)
			start = i
		}
		run = 0
	}
	return b.String() + s[start:]
}
