package cgi

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Disposition returns the value of a Content-Disposition header (RFC 6266): kind is
// "attachment" for what is to be saved, "inline" for what is to be shown, and name
// what the file is called where it is saved; "" is no name.
//
// A name that needs more than plain ASCII is sent in both forms: as filename, with
// "_" in place of what old clients do not understand, and as filename* in UTF-8
// (RFC 8187). What would make it a path, or make it look like another name (CWE-451),
// becomes "_" in both. A name of more than 255 bytes, which no file system takes, is cut
// before its extension. A control character is an error (CWE-113).
func Disposition(kind, name string) (string, error) {
	if kind != "attachment" && kind != "inline" {
		return "", fmt.Errorf("content disposition %q: it must be attachment or inline", kind)
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 0x20 || c == 0x7f {
			return "", fmt.Errorf("the file name %.60q has the control character %q at byte %d", name, c, i+1)
		}
	}
	switch {
	case name == "":
		return kind, nil
	case strings.Trim(name, ". ") == "": // a folder, and Windows drops them at an end
		name = "_"
	case len(name) > maxFileName:
		name = cutName(name)
	}
	var plain, clean strings.Builder
	both := false
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1, r == '/', r == '\\', misleads(r):
			plain.WriteByte('_')
			clean.WriteByte('_')
		case r >= utf8.RuneSelf, r == '"', r == '%':
			// RFC 6266 appendix D: clients disagree on quotes and on escapes.
			plain.WriteByte('_')
			clean.WriteRune(r)
			both = true
		default:
			plain.WriteByte(byte(r))
			clean.WriteByte(byte(r))
		}
	}
	value := kind + `; filename="` + plain.String() + `"`
	if both {
		value += "; filename*=UTF-8''" + string(appendExtValue(nil, clean.String()))
	}
	return value, nil
}

// maxFileName is how many bytes the name of a file may have (NAME_MAX of Linux and the
// BSDs; APFS and NTFS take 255 characters).
const maxFileName = 255

// cutName returns a name that is too long without what is too much of it before its
// extension, where that is one.
func cutName(name string) string {
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	end := maxFileName - len(ext)
	for i := range utf8.UTFMax { // no character is cut, where it is one
		if utf8.RuneStart(name[end-i]) {
			end -= i
			break
		}
	}
	return name[:end] + ext
}

// misleads reports whether r is no sign of its own but changes how others are shown:
// the C1 controls, and those that turn the direction of writing.
func misleads(r rune) bool {
	switch {
	case 0x80 <= r && r < 0xa0, r == 0x061c, 0x200e <= r && r <= 0x200f, 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}

// appendExtValue escapes every byte that is no attr-char (RFC 8187 §3.2.1).
func appendExtValue(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; isTokenByte(c) && c != '*' && c != '\'' && c != '%' {
			dst = append(dst, c)
		} else {
			dst = appendPercent(dst, c)
		}
	}
	return dst
}
