// Package lua compiles and runs pages: it is the handler behind every front end.
//
//	Request → find page → compiled page → fresh machine → run →
//	session saved → Response committed → sweep by chance
//
// [Engine] is made once per process. It knows the settings, the compiled pages
// and the session stores. For each request it makes a run: one machine of
// package lua/vm with what the page needs of the globals that pages see.
package lua
