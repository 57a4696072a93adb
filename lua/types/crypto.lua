---@meta crypto
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Random text, hashes, encodings and passwords.
---@class lcgi.crypto
local crypto = {}

---Returns random bytes.
---@param n integer
---@return string
function crypto.random(n) end

---Returns random text of letters, digits, - and _, for addresses and cookies.
---@param bytes? integer how many random bytes are in it, 16 at least; 32 if it is not given
---@return string
function crypto.token(bytes) end

---Returns the MD5 hash in hex, for what others ask it for. It is not safe.
---@param s string
---@return string
function crypto.md5(s) end

---Returns the SHA-1 hash in hex, for what others ask it for. It is not safe.
---@param s string
---@return string
function crypto.sha1(s) end

---Returns the SHA-256 hash in hex.
---@param s string
---@return string
function crypto.sha256(s) end

---Returns the SHA-512 hash in hex.
---@param s string
---@return string
function crypto.sha512(s) end

---Returns the HMAC (RFC 2104) of a message in hex.
---@param hash "md5"|"sha1"|"sha256"|"sha512"
---@param key string
---@param message string
---@return string
function crypto.hmac(hash, key, message) end

---Returns whether two strings are the same, in a time that does not tell where they differ.
---@param a string
---@param b string
---@return boolean
function crypto.equal(a, b) end

---Returns bytes as base64.
---@param s string
---@return string
function crypto.base64(s) end

---Returns bytes as base64 for addresses: with - and _, without =.
---@param s string
---@return string
function crypto.base64url(s) end

---Returns the bytes that a base64 text of either kind is, or nil and what is wrong with it.
---@param text string
---@return string? bytes
---@return string? message
function crypto.unbase64(text) end

---Returns bytes as lower-case hex digits.
---@param s string
---@return string
function crypto.hex(s) end

---Returns the bytes that hex digits are, or nil and what is wrong with them.
---@param text string
---@return string? bytes
---@return string? message
function crypto.unhex(text) end

---Returns the hash of a password, which is what a site stores, or nil and why bcrypt cannot take the password.
---@param password string
---@param options? lcgi.crypto.PasswordOptions
---@return string? hash
---@return string? message
function crypto.hashPassword(password, options) end

---Returns whether a password is the one that a hash was made of, or nil and why the hash cannot be used.
---@param password string
---@param hash string? nil is false, and takes as long
---@return boolean? matches
---@return string? message
function crypto.verifyPassword(password, hash) end

---Returns whether crypto.hashPassword with these options would hash otherwise.
---@param hash string
---@param wanted? lcgi.crypto.PasswordOptions
---@return boolean
function crypto.needsRehash(hash, wanted) end

---Options of crypto.hashPassword.
---@class lcgi.crypto.PasswordOptions
---@field algorithm? "argon2id"|"bcrypt" argon2id if it is not given
---@field memory? integer KiB, of argon2id
---@field time? integer rounds, of argon2id
---@field threads? integer of argon2id
---@field cost? integer of bcrypt

return crypto
