// Package crypto gives Lua pages random bytes, hashes, encodings and the
// hashing of passwords.
//
// Passwords are hashed with Argon2id (RFC 9106) or bcrypt and written in the
// forms that other systems read and write, so that the users of a site can
// move. Neither can be interrupted. So their parameters are bounded, those of a
// stored hash too, and a [Gate] bounds what runs in a process at one time.
package crypto
