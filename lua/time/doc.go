// Package time gives Lua pages points in time: values that can be compared,
// subtracted, printed and kept in a session, and the module that makes them.
//
// A value is an instant, to the nanosecond, in the years 0 to 9999, which are
// those that RFC 3339 can write. It has no time zone: its fields are those of
// UTC, before and after a session has kept it. Zones are for writing and reading
// times, for their fields, and for going on by days and months. Those of the IANA
// database are in the binary for machines that have none.
//
// The package compiles nothing and reads no zone before one is asked for, so that a
// page that does not use it pays nothing for it.
package time
