// Package vm is the machine that runs Lua: gopher-lua, made faithful to Lua 5.1,
// bounded and kept apart.
//
// A [Library] names what programs may find in their globals and how each piece
// is made. A [Program] is compiled once, immutable, and shared by goroutines. A
// [Machine] runs programs for one request and is thrown away; it makes only
// those pieces of its library that the programs it loads mention, because
// opening every standard library costs more than running a small page does.
//
// Where gopher-lua differs from the reference manual of Lua 5.1, or could be
// brought down by a program, the package
//
//   - has library functions of its own: the string, table, math and coroutine
//     libraries, and parts of the others;
//   - rewrites programs before they are compiled (see rewriter) and completes
//     what was compiled (see Library.finish);
//   - puts errors into the words of Lua 5.1 (see explain);
//   - gives every pcall upvalues of its own (see guard).
//
// What still differs: tables hold no weak references and know no __gc; # asks
// __len of tables, too; a table with one large index has room for all below it;
// a long expression is known by the line it begins in.
//
// The package knows nothing of pages, requests or sessions.
package vm
