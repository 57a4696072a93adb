// Package vm is the machine that runs Lua: gopher-lua, bounded and kept apart.
//
// A [Library] names what programs may find in their globals and how each piece
// is made. A [Program] is compiled once, immutable, and shared by goroutines. A
// [Machine] runs programs for one request and is thrown away; it makes only
// those pieces of its library that the programs it loads mention, because
// opening every standard library costs more than running a small page does.
//
// The package knows nothing of pages, requests or sessions.
package vm
