package template

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// blocked stands for a URL whose scheme is not allowed.
const blocked = "#blocked"

const schemeRefusal = "this expression prints the scheme of a URL, or a part of it; print the whole URL by one expression, or write http: or https: into the page"

// allowedScheme reports whether the URL s has no scheme or a harmless one. What
// stands before the first ":" is a scheme unless a "/", "?" or "#" stands before
// that; tricks with white space and control characters, which browsers skip
// (URL standard, 4.4), make it a scheme that is not on the list.
func allowedScheme(s string) bool {
	i := strings.IndexAny(s, ":/?#")
	if i < 0 || s[i] != ':' {
		return true
	}
	for _, scheme := range [...]string{"http", "https", "mailto", "tel"} {
		if strings.EqualFold(s[:i], scheme) {
			return true
		}
	}
	return false
}

// appendURL appends s as a URL, or as the part of one that p says. What is
// escaped in s already stays so. With what stands before and behind it, it does
// not give a "//" that begins a host, nor a scheme.
func appendURL(dst []byte, s string, p Place) ([]byte, error) {
	if p.lang == langURL && !allowedScheme(s) {
		return append(dst, blocked...), nil
	}
	if p.flags&nextHost != 0 && !strings.EqualFold(s, "https") && !strings.EqualFold(s, "http") {
		return dst, errors.New("an expression before :// in a URL must print http or https; otherwise print the whole URL by one expression")
	}
	if p.flags&nextColon != 0 && (p.lang != langURL || !allowedScheme(s+":")) {
		return dst, errors.New(schemeRefusal)
	}
	n := len(dst)
	if n > 0 && isUnreserved(dst[n-1]) && p.lang != langURL { // it stands inside of a segment of the path
		p.flags &^= afterSlash
		if p.lang == langURLRoot {
			p.lang = langURLPath
		}
	}
	switch {
	case p.lang == langURLRoot && strings.HasPrefix(s, "/"): // it would make a host of what follows
		dst = append(dst, "%2F"...)
		s = s[1:]
	case p.flags&afterSlash != 0 && strings.HasPrefix(s, "/"):
		dst = append(dst, "/."...)
	case p.flags&afterValue != 0 && strings.HasPrefix(s, "//"):
		dst = append(dst, "/%2F"...)
		s = s[2:]
	}
	dst = appendAddress(dst, s, p)
	if p.flags&(nextSlash|nextValue) == 0 {
		return dst, nil
	}
	switch onlySlashes(s) {
	case hostless:
		if p.lang == langURL {
			return dst[:n], errors.New("this URL has no host behind its scheme, and more of it follows; print the whole URL by one expression")
		}
	case rootOnly:
		if p.lang == langURLRoot {
			break
		}
		dst = append(dst, '.') // "/./" and what follows is a path
		if p.flags&nextValue != 0 {
			dst = append(dst, '/')
		}
	}
	if (p.lang == langURLRoot || p.flags&afterSlash != 0) && len(dst) == n && p.flags&nextSlash != 0 {
		dst = append(dst, '.')
	}
	return dst, nil
}

// slashes says whether a URL consists of what precedes a host.
type slashes uint8

const (
	somePath slashes = iota
	rootOnly         // nothing but "/"
	hostless         // a scheme and nothing but "/"
)

func onlySlashes(s string) slashes {
	rest := strings.TrimRight(s, "/")
	switch {
	case rest == "" && s != "":
		return rootOnly
	case strings.EqualFold(rest, "http:"), strings.EqualFold(rest, "https:"):
		return hostless
	}
	return somePath
}

// appendAddress appends s with what would end a URL or its parts percent-encoded.
func appendAddress(dst []byte, s string, p Place) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			n := runeLen(s[i:])
			if n == 0 {
				dst = append(dst, "%EF%BF%BD"...)
				i++
				continue
			}
			for range n {
				dst = appendPercent(dst, s[i])
				i++
			}
			continue
		case isUnreserved(c):
			dst = append(dst, c)
		case c == ':' && p.lang == langURLTail:
			dst = appendPercent(dst, c) // it would make a scheme of what stands before it
		case c == '%' && !isPercent(s[i:]):
			dst = appendPercent(dst, c)
		case strings.IndexByte("!#$%*+,/:;?@[]", c) >= 0:
			dst = append(dst, c)
		case c == '&' && p.in != inRaw:
			dst = append(dst, "&amp;"...)
		case c == '&': // not as it is: inside svg, a style sheet has references
			dst = append(dst, `\000026`...)
		case c == '=' && p.in == inBare:
			dst = append(dst, "&#61;"...)
		case c == '=':
			dst = append(dst, c)
		default: // also quotes and parentheses, which mean something to CSS
			dst = appendPercent(dst, c)
		}
		i++
	}
	return dst
}

// appendHost appends s as the host of a URL, or what stands next to literal text
// of one. It does not change which host the page's author has written.
func appendHost(dst []byte, s string, p Place) ([]byte, error) {
	switch {
	case p.flags&hostStart != 0 && s == "":
		return dst, errors.New("the host of this URL is empty, so that what follows would become the host; print a host or leave the // out")
	case p.lang == langURLHost && p.flags&hostPart != 0, p.lang == langURLBehindHost && p.flags&(hostPart|hostWhole) == hostPart:
		if strings.ContainsAny(s, "/\\?#@") {
			return dst, errors.New("an expression prints one of / \\ ? # @ inside the host of a URL; print the whole URL by one expression")
		}
	case p.lang == langURLBehindHost && s != "" && strings.IndexByte("/?#", s[0]) < 0:
		return dst, errors.New("what is printed behind the host of a URL must begin with /, ? or #, or it would become a part of the host; write the / into the page")
	}
	return appendAddress(dst, s, p), nil
}

// appendAnimated appends s as the values of an SVG animation, of which each may be
// a URL.
func appendAnimated(dst []byte, s string, p Place) []byte {
	for rest := s; strings.Contains(rest, ":"); {
		value, more, _ := strings.Cut(rest, ";")
		if !allowedScheme(strings.TrimSpace(value)) {
			return append(dst, blocked...)
		}
		rest = more
	}
	return appendHTML(dst, s, p.special())
}

// appendComponent appends s as the name or value of one parameter of a query, or
// as a fragment: nothing in it separates anything (RFC 3986, section 2.2).
func appendComponent(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if isUnreserved(c) {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		n := 1
		if c >= utf8.RuneSelf {
			n = runeLen(s[i:])
		}
		if n == 0 {
			dst = append(dst, "%EF%BF%BD"...)
			n = 1
		} else {
			for j := range n {
				dst = appendPercent(dst, s[i+j])
			}
		}
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}

// appendPair appends s as what stands between "?" or "&" and the next "&" or "#":
// a name and, behind its first "=", a value. What would separate anything else is
// escaped in both.
func appendPair(dst []byte, s string, p Place) []byte {
	name, value, found := strings.Cut(s, "=")
	dst = appendComponent(dst, name)
	switch {
	case !found:
		return dst
	case p.in == inBare:
		dst = append(dst, "&#61;"...)
	default:
		dst = append(dst, '=')
	}
	return appendComponent(dst, value)
}

// appendURLList appends s as the value of srcset, or as URLs of one.
func appendURLList(dst []byte, s string, p Place) []byte {
	url := p
	url.lang = langURL
	for s != "" {
		n := strings.IndexAny(s, ", \t\n\f\r")
		switch n {
		case -1:
			return appendListed(dst, s, url)
		case 0:
			switch {
			case s[0] == ',':
				dst = append(dst, ',')
			case p.in == inBare:
				dst = append(dst, "&#32;"...)
			default:
				dst = append(dst, ' ')
			}
			s = s[1:]
		default:
			dst = appendListed(dst, s[:n], url)
			s = s[n:]
		}
	}
	return dst
}

// appendListed appends a URL of srcset.
func appendListed(dst []byte, s string, p Place) []byte {
	if !allowedScheme(s) {
		return append(dst, blocked...)
	}
	return appendAddress(dst, s, p)
}

// isUnreserved reports whether c stands for itself everywhere in a URL (RFC
// 3986, section 2.3).
func isUnreserved(c byte) bool {
	return isNameStart(c) || isDigit(c) || c == '-' || c == '.' || c == '~'
}

// isPercent reports whether s begins with a percent-encoded byte.
func isPercent(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func appendPercent(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}
