package cgi

import (
	"fmt"
	"strings"
)

// MediaType returns a media type (RFC 9110 §8.3.1) as the Content-Type of an answer: a
// text that does not say its charset is in UTF-8. The error is for what is none.
func MediaType(s string) (string, error) {
	s = strings.Trim(s, " \t")
	if !isMediaType(s) {
		return "", notMediaType(s)
	}
	if text := len("text/"); strings.EqualFold(s[:min(text, len(s))], "text/") && !strings.Contains(s, ";") {
		s += "; charset=utf-8"
	}
	return s, nil
}

func notMediaType(s string) error {
	return fmt.Errorf("%.100q is no media type such as text/plain", s)
}

// isMediaType reports whether s is a type, a subtype and parameters (RFC 9110 §8.3.1,
// §5.6.6), from its first byte to its last.
//
// What follows the subtype counts: a browser takes "image/png;,text/html" for a list
// and obeys its last element. Chromium lets single quotes hide a comma from it, too, and
// so does not see the double ones in "a/b;c='; d=\"',text/html\"": a type with both a
// comma and a single quote is refused.
func isMediaType(s string) bool {
	kind, rest, ok := strings.Cut(s, "/")
	subtype := tokenLength(rest)
	if !ok || !isToken(kind) || subtype == 0 {
		return false
	}
	for rest = rest[subtype:]; rest != ""; {
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " \t"), ";"); !ok {
			return false
		}
		rest = strings.TrimLeft(rest, " \t")
		name := tokenLength(rest)
		if name == 0 || name == len(rest) || rest[name] != '=' {
			return false
		}
		rest = rest[name+1:]
		value := tokenLength(rest)
		if value == 0 {
			value = quotedLength(rest)
		}
		if value == 0 {
			return false
		}
		rest = rest[value:]
	}
	return strings.IndexByte(s, ',') < 0 || strings.IndexByte(s, '\'') < 0
}

// tokenLength returns how many bytes at the start of s are a token, 0 for none.
func tokenLength(s string) int {
	i := 0
	for i < len(s) && isTokenByte(s[i]) {
		i++
	}
	return i
}

// quotedLength returns how many bytes at the start of s are a quoted string (RFC 9110
// §5.6.4), 0 for none.
func quotedLength(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c < ' ' && c != '\t', c == 0x7f:
			return 0
		case c == '\\':
			i++
			if i == len(s) || s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
				return 0
			}
		}
	}
	return 0
}

// essence returns a media type without its parameters, in lower case.
func essence(mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return strings.ToLower(strings.Trim(mediaType, " \t"))
}

// isInert reports whether a browser that is told nosniff runs nothing that it finds in
// a content of that type. Types that are not known here may be ones that it runs, such as
// all that end in +xml.
func isInert(mediaType string) bool {
	switch essence(mediaType) {
	case "text/plain", "text/csv", "text/markdown", "text/calendar", "text/css",
		"application/json", "application/octet-stream", "application/pdf",
		"application/zip", "application/gzip", "application/x-tar", "application/x-7z-compressed",
		"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff",
		"image/x-icon", "image/vnd.microsoft.icon",
		"audio/mpeg", "audio/ogg", "audio/wav", "audio/aac", "audio/flac", "audio/mp4", "audio/webm",
		"video/mp4", "video/mpeg", "video/ogg", "video/quicktime", "video/webm",
		"font/otf", "font/ttf", "font/woff", "font/woff2":
		return true
	}
	return false
}

// isSniffed reports whether a browser that is not told nosniff guesses at the type, and
// may find HTML (MIME Sniffing §7, step 2).
func isSniffed(mediaType string) bool {
	switch essence(mediaType) {
	case "unknown/unknown", "application/unknown", "*/*":
		return true
	}
	return false
}
