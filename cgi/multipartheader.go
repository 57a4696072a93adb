package cgi

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// partHeader is what the header of a part of multipart/form-data says.
type partHeader struct {
	name        string // of the field
	isFile      bool   // there is a filename, perhaps an empty one
	filename    string // as sent
	contentType string // as sent
}

// maxPartLines is the most lines in the header of a part. A browser sends two.
const maxPartLines = 20

// parsePartHeader reads the header of a part (RFC 7578 §4), without its last line
// break. Fields other than these three have no meaning (§4.8). Each may be there
// once: of two, programs choose differently.
func parsePartHeader(block string) (partHeader, error) {
	var h partHeader
	seen := make(map[string]bool, 3)
	lines := strings.Split(block, "\r\n")
	if len(lines) > maxPartLines {
		return h, fmt.Errorf("its header has more than %d lines", maxPartLines)
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		// A line that begins with white space goes on with the one before
		// (RFC 822 §3.1.1).
		for i+1 < len(lines) && len(lines[i+1]) > 0 && (lines[i+1][0] == ' ' || lines[i+1][0] == '\t') {
			i++
			line += lines[i]
		}
		if c := strings.IndexAny(line, "\x00\r\n"); c >= 0 {
			return h, fmt.Errorf("its header has the control character %q", line[c])
		}
		if line == "" {
			continue // the only one, where there is no header
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return h, fmt.Errorf("%.60q is not a line of a header", line)
		}
		value = strings.Trim(value, " \t")
		key := strings.ToLower(name)
		var err error
		switch key {
		case "content-disposition":
			err = h.disposition(value)
		case "content-type":
			h.contentType = value
		case "content-transfer-encoding":
			// Deprecated, and only these mean that nothing was encoded
			// (RFC 7578 §4.7, RFC 2045 §6.2).
			switch strings.ToLower(value) {
			case "7bit", "8bit", "binary":
			default:
				err = fmt.Errorf("the Content-Transfer-Encoding %.40q is not understood", value)
			}
		default:
			continue
		}
		if err == nil && seen[key] {
			err = fmt.Errorf("there are two %s", name)
		}
		if err != nil {
			return h, err
		}
		seen[key] = true
	}
	if !seen["content-disposition"] {
		return h, errors.New("there is no Content-Disposition (RFC 7578 §4.2)")
	}
	return h, nil
}

// disposition reads a Content-Disposition (RFC 7578 §4.2). filename* counts for
// nothing there: it must not be used.
func (h *partHeader) disposition(value string) error {
	kind, rest, _ := strings.Cut(value, ";")
	if !strings.EqualFold(strings.Trim(kind, " \t"), "form-data") {
		return fmt.Errorf("the Content-Disposition %.60q is not form-data (RFC 7578 §4.2)", value)
	}
	named := false
	p := parameters{rest: ";" + rest}
	for p.next() {
		var dup bool
		switch strings.ToLower(p.name) {
		case "name":
			dup = named
			h.name, named = unescapeName(p.value), true
		case "filename":
			dup = h.isFile
			h.filename, h.isFile = unescapeName(p.value), true
		}
		if dup {
			return fmt.Errorf("the Content-Disposition %.60q has two of %s", value, p.name)
		}
	}
	switch {
	case p.rest != "":
		return fmt.Errorf("the Content-Disposition cannot be read from %.60q on", p.rest)
	case !named:
		return errors.New("the field has no name (RFC 7578 §4.2)")
	}
	return nil
}

// parameters goes through the parameters of a header value.
type parameters struct {
	rest        string // what is left: "" or starting with ";"
	name, value string // the current one
	quoted      bool   // the value stood in quotes
}

// next reads the next parameter. If it reports false and rest is not empty, rest is
// what could not be read.
//
// A value in quotes is taken as browsers write it (WHATWG HTML, "multipart/form-data
// encoding algorithm"): it ends at the next quote, and a backslash stands for
// itself. Old clients write \" for a quote. So a quote behind a backslash ends the
// value if what follows it is the end or another parameter, and else belongs to
// it, without the backslash.
func (p *parameters) next() bool {
	rest := p.rest
	for strings.HasPrefix(rest, ";") {
		rest = strings.TrimLeft(rest[1:], " \t")
	}
	if rest == "" {
		p.rest = ""
		return false
	}
	name, value, ok := cutParameterName(rest)
	if !ok {
		return false
	}
	if p.quoted = strings.HasPrefix(value, `"`); p.quoted {
		value, rest, ok = cutQuoted(value[1:])
	} else {
		end := strings.IndexByte(value, ';')
		if end < 0 {
			end = len(value)
		}
		value, rest = strings.TrimRight(value[:end], " \t"), value[end:]
		ok = value != "" && !strings.ContainsAny(value, "\" \t")
	}
	if ok {
		p.name, p.value, p.rest = name, value, rest
	}
	return ok
}

// cutParameterName splits "name=rest".
func cutParameterName(s string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(s, "=")
	return name, rest, ok && isToken(name)
}

// cutQuoted splits the rest of a quoted value from what follows it, which is "" or
// starts with ";".
func cutQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		rest = strings.TrimLeft(s[i+1:], " \t")
		if i == 0 || s[i-1] != '\\' || endsValue(rest) {
			b.WriteString(s[:i])
			return b.String(), rest, rest == "" || rest[0] == ';'
		}
		b.WriteString(s[:i-1])
		b.WriteByte('"')
		s = s[i+1:]
	}
}

// endsValue reports whether rest, which follows a quote, shows that the quote ends
// a value.
func endsValue(rest string) bool {
	if rest == "" {
		return true
	}
	if rest[0] != ';' {
		return false
	}
	rest = strings.TrimLeft(rest, "; \t")
	// No name is as long as that; looking further for each quote would take
	// time that grows with the square of their number.
	_, _, ok := cutParameterName(rest[:min(len(rest), 40)])
	return rest == "" || ok
}

// unescapeName undoes what browsers do to the names of fields and files, and
// nothing else: quotes and line breaks are %22, %0D and %0A, a percent sign is itself.
func unescapeName(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			switch strings.ToUpper(s[i+1 : i+3]) {
			case "22", "0D", "0A":
				b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// baseName returns what a client's name of a file names in its folder (RFC 7578
// §4.2): what follows the last slash or backslash, without control characters. It
// is "" where nothing is left that could be the name of a file.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if !unicode.IsControl(r) {
			b = append(b, name[i:i+size]...)
		}
		i += size
	}
	if base := string(b); base != "." && base != ".." {
		return base
	}
	return ""
}
