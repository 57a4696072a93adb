// Package shell writes what people copy into a shell.
package shell

import "strings"

// Quote returns text as one word of a POSIX shell (POSIX.1, Shell Command Language,
// section 2.2): as it is where no character of it means anything to a shell, else in
// single quotes.
func Quote(text string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/._-+:@%,", c)
	}
	if text != "" && strings.IndexFunc(text, func(c rune) bool { return !plain(c) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
