// Package doctor finds out why a site does not work: it looks at what a page and
// its process meet on a machine, behind a web server, and says for each fault
// what to do. It is what "lcgi doctor" prints and what the Lua module "doctor"
// tells a page.
//
// Folders are used, not only looked at: a file is made in them, locked, looked at
// from a second descriptor, renamed, flushed and removed. Nothing else is
// changed.
//
// What is told may be read by visitors. Settings are told without passwords. Of the
// variables only those are told that are known to be harmless, and of queries the
// names of their fields; of all others the name and the length.
package doctor
