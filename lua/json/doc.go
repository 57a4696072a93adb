// Package json gives Lua pages JSON (RFC 8259), both ways and in order.
//
// A table with the keys 1 to n is an array, one with strings as keys an object.
// An empty table is an array, unless it is marked as an object: json.object
// marks one, json.array marks an array, and all that json.decode makes is marked
// as what it was. The mark is the field __jsontype, "array" or "object", of the
// metatable, so that a class of a page can carry it as well.
//
// The codec is its own: encoding/json costs start-up time, and it knows neither
// the order of a table nor the place of a mistake.
package json
