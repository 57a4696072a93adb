package cgi

import (
	"fmt"
	"strings"
)

// Field is a name with its value: a header field, a form field or a cookie.
type Field struct {
	Name  string
	Value string
}

// isToken reports whether s is a token (RFC 9110 §5.6.2), the grammar of
// methods, header names and cookie names.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// checkHeader returns the value without surrounding white space, which is no
// part of it (RFC 9110 §5.5), or an error that says why the pair cannot be sent.
// Control characters would let a page's data start a header or a
// response of its own (CWE-113).
func checkHeader(name, value string) (string, error) {
	if !isToken(name) {
		return "", notToken(name)
	}
	if why := reservedHeader(name); why != "" {
		return "", fmt.Errorf("header %s cannot be set by a page: %s", name, why)
	}
	value = strings.Trim(value, " \t")
	if i := indexControl(value); i >= 0 {
		return "", fmt.Errorf("value of header %.60s has the control character %q at byte %d: line breaks and NUL are not allowed", name, value[i], i+1)
	}
	if strings.EqualFold(name, "Content-Type") && !isMediaType(value) {
		return "", notMediaType(value)
	}
	return value, nil
}

func notToken(name string) error {
	return fmt.Errorf("header name %.60q is not a token: only letters, digits and !#$%%&'*+-.^_`|~ may stand in it", name)
}

// indexControl returns the position of the first control character that a
// field value cannot carry (RFC 9110 §5.5; a tab may stand inside), or -1.
func indexControl(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return i
		}
	}
	return -1
}

// reservedHeader says why a header belongs to the front end, or returns "".
// These describe the message on the wire or the hop to the next server
// (RFC 9110 §7.6.1, RFC 9112 §6), which only the front end knows; a wrong one
// desynchronises the connection.
func reservedHeader(name string) string {
	switch strings.ToLower(name) {
	case "status":
		return "set the status with response.status"
	case "content-length":
		return "it is computed from what the page wrote"
	case "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade":
		return "the connection to the client belongs to the web server"
	}
	return ""
}

// decodePercent decodes %XX escapes; with plus set, also "+" as a space. An
// escape that is not two hexadecimal digits stays as it is (WHATWG URL,
// percent-decode).
func decodePercent(s string, plus bool) string {
	i := 0
	for i < len(s) && s[i] != '%' && (!plus || s[i] != '+') {
		i++
	}
	if i == len(s) {
		return s
	}
	out := make([]byte, i, len(s))
	copy(out, s)
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+' && plus:
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

const upperHex = "0123456789ABCDEF"

func appendPercent(dst []byte, c byte) []byte {
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}
