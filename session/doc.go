// Package session is the engine that remembers visitors between requests.
//
// An [Engine] finds or makes a [Session] from the ids a client presents, in
// the order in which they are given. It decides what is alive, never adopts an
// id it did not issue, and holds the session's lock until the session is
// closed, so that no update is lost. It neither knows cookies nor Lua: the
// caller hands in candidate ids and bytes of data, and sets the cookie when
// [Session.Stored] says that there is something to come back to.
//
// A session can get a new id ([Session.Rotate]), a private folder
// ([Session.Folder]) and be emptied ([Session.Reset]). [Shared] are variables that
// all sessions of a store share.
//
// Sessions live in a [Store]. [OpenFileStore] keeps them in a folder; other
// stores live in packages of their own, and package storetest is the contract
// all of them pass.
//
// [Encoder] and [Decoder] turn tables into bytes and back: a small
// deterministic subset of CBOR (RFC 8949), so that equal data has equal bytes
// and a session that did not change is not written again.
package session
