package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// hidden stands where something was that is not told.
const hidden = "(not shown)"

const (
	maxShown = 300 // bytes of a value
	maxName  = 100 // bytes of a name
)

// variables tells the meta-variables of the request, but not the settings, which
// have a group of their own.
func (e *examination) variables() {
	if e.Request == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(e.Request.Env)) {
		if !strings.HasPrefix(name, "LCGI_") {
			e.found(OK, shorten(name, maxName), shown(name, e.Request.Env[name]), "")
		}
	}
}

// shown returns what is told of the value of a variable.
func shown(name, value string) string {
	if value == "" {
		return "(empty)"
	}
	switch exposureOf(name) {
	case plain:
	case address:
		value = cutAddress(value)
	case origin:
		value = cutToOrigin(value)
	case query:
		value = cutQuery(value)
	default:
		return concealedValue(value)
	}
	return shorten(cutID(value), maxShown)
}

func concealedValue(value string) string {
	return fmt.Sprintf("%s, bytes: %d", hidden, len(value))
}

// shorten returns the first bytes of a text.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// cutAddress leaves out what a URL, or a part of one, has beside its host and path:
// a user's name and password, parameters, the values of a query, a fragment.
func cutAddress(s string) string {
	s, _, hasFragment := strings.Cut(cutUser(s), "#")
	s, fields, hasQuery := strings.Cut(s, "?")
	s, _, hasParameters := strings.Cut(s, ";")
	if hasParameters {
		s += ";" + hidden
	}
	if hasQuery {
		s += "?" + cutQuery(fields)
	}
	if hasFragment {
		s += "#" + hidden
	}
	return s
}

// cutToOrigin leaves out what stands behind the host of a URL: the address of a page
// somewhere else may be all that is needed to see it.
func cutToOrigin(s string) string {
	scheme, rest, ok := strings.Cut(cutUser(s), "://")
	if !ok {
		if s == "null" { // RFC 6454 §7.1
			return s
		}
		return concealedValue(s)
	}
	if end := strings.IndexAny(rest, `/\?#;`); end >= 0 && rest[end:] != "/" {
		rest = rest[:end] + "/" + hidden
	}
	return scheme + "://" + rest
}

// cutQuery leaves out the values of the fields of a query, and what may be a value
// without a name.
func cutQuery(query string) string {
	fields := strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' })
	for i, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		// "=" at the end may be the padding of a token in base64.
		if strings.Trim(value, "=") == "" || !isFieldName(name) {
			fields[i] = hidden
			continue
		}
		fields[i] = name + "=" + hidden
	}
	return strings.Join(fields, "&")
}

// isFieldName reports whether s is what people call the fields of forms.
func isFieldName(s string) bool {
	const longest = 40
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, func(c rune) bool {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		return !letter && (c < '0' || c > '9') && !strings.ContainsRune("._-[]", c)
	})
}

// cutUser leaves out the names and passwords in URLs. A password may have any
// character, escaped or not, and there may be several hosts: so it is all between
// the slashes behind a scheme and the last "@" of the text. A path that was made of
// a URL has one slash.
func cutUser(s string) string {
	before, rest, ok := strings.Cut(s, ":/")
	if !ok {
		return s
	}
	authority := strings.TrimLeft(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return s
	}
	return before + ":/" + rest[:len(rest)-len(authority)] + hidden + authority[at:]
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
