package url

import "strings"

// The sets of characters of RFC 3986, section 2 and section 3.

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isUnreserved(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func isSubDelim(c byte) bool { return strings.IndexByte("!$&'()*+,;=", c) >= 0 }

func inUser(c byte) bool     { return isUnreserved(c) || isSubDelim(c) }
func inPassword(c byte) bool { return inUser(c) || c == ':' }
func inPath(c byte) bool     { return inUser(c) || c == ':' || c == '@' || c == '/' }
func inQuery(c byte) bool    { return inPath(c) || c == '?' }

// inHost is for names. What is not ASCII is part of names that browsers know how
// to write (RFC 3987); an escape is not: what it stands for would be the host.
func inHost(c byte) bool { return inUser(c) || c >= 0x80 }
