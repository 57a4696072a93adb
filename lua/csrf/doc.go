// Package csrf keeps other sites from sending forms in the name of a visitor
// (CWE-352): with a token that only the pages of the site know, and with what
// browsers say of where a request comes from.
//
// A session has a secret, under [Key] in its data. A token is the secret, hidden
// under a pad that is another one each time, so that what an answer tells by its
// compressed length is of no use (BREACH).
package csrf
