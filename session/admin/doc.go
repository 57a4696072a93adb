// Package admin is what the commands "lcgi sessions" and "lcgi shared" do: it
// shows an administrator what is in a session store, and changes it where that is
// asked for. It never makes a store.
//
// Sessions are called by their keys, of which a beginning that is unique will
// do. A session's id is never shown: whoever knows it is the visitor. All text
// that comes from a store is shown such that a terminal takes none of it for a
// command.
//
// # Data as JSON
//
// With --json, values are written as JSON that can be read back without loss,
// by "lcgi shared set --json" too:
//
//	string in UTF-8         a string
//	other string            {"$bytes": "base64"}
//	number                  a number; -0 is -0
//	NaN, infinite           {"$number": "NaN"}, "Infinity", "-Infinity"
//	boolean                 true, false
//	time                    {"$time": "RFC 3339"}, or where the year has more than
//	                        four digits {"$time": [seconds since 1970, nanoseconds]}
//	table with keys 1 to n  an array; an empty table is {}
//	table with string keys  an object
//	other table             {"$table": [[key, value], …]}
//
// A table with a key that begins with $ or is not in UTF-8 is an "other table".
package admin
