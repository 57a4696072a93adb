// Package log lets Lua pages write lines into the log, each with a level, a
// message and fields:
//
//	log.warn("too many tries", {user = name, tries = 5})
//	warn: too many tries tries=5 user="ada"
//
// No text can look like another line, nor like another field (CWE-117): what is
// not plain is quoted.
package log
