// Package re gives Lua pages the regular expressions of Go, which are those of
// RE2: https://golang.org/s/re2syntax. Their time grows with the length of the
// text and not faster, whatever the pattern is.
//
// Positions are bytes, from 1. Text is read as UTF-8; a byte that is none is one
// character, which . and negated classes match. Patterns are compiled once in a
// machine. Work on large texts is done in steps, between which the end of the
// run is asked for.
package re
