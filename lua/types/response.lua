---@meta
-- Written by `lcgi types`, which writes it anew: changes are lost.

---The answer, which is sent when the page ends.
---@class lcgi.response
response = {}

---Sets the status. Without a number, it returns the status.
---@param number integer 200 to 599
---@overload fun(): integer
function response.status(number) end

---Sets a header, in place of those of that name.
---@param name string
---@param value string
function response.header(name, value) end

---Adds a header to those of that name. All headers and cookies have at most 64 kB.
---@param name string
---@param value string
function response.addHeader(name, value) end

---Removes all headers of that name.
---@param name string
function response.removeHeader(name) end

---Sets the content type. A text is UTF-8 unless you say otherwise.
---@param type string a media type such as "text/plain"
function response.type(type) end

---Sets a cookie. _COOKIE has the value back as it was.
---@param name string
---@param value any
---@param options? lcgi.CookieOptions
function response.cookie(name, value, options) end

---Makes the browser forget a cookie.
---@param name string
---@param options? lcgi.CookieOptions with the path and domain that it was set with
function response.deleteCookie(name, options) end

---Options of a cookie.
---@class lcgi.CookieOptions
---@field path? string where on the site it is sent back; / if it is not given
---@field domain? string a domain whose hosts all get it; this host if it is not given
---@field maxAge? integer seconds; until the browser closes if it is not given
---@field secure? boolean whether it is only sent back over https; true on https
---@field httpOnly? boolean whether scripts in the page cannot see it; true if it is not given
---@field sameSite? "Strict"|"Lax"|"None" whether other sites send it; Lax if it is not given
---@field partitioned? boolean whether a frame has one for each site around it

---Sends the visitor to another address and ends the page.
---@param url string
---@param code? 301|302|303|307|308 the status; 302 if it is not given
function response.redirect(url, code) end

---Makes the answer a file, of which browsers can ask for parts.
---@param path string counts from the page's folder, or from the option root
---@param options? lcgi.FileOptions
function response.sendFile(path, options) end

---Options of response.sendFile.
---@class lcgi.FileOptions
---@field root? string a folder that the file must not be outside of, for a path that a visitor chooses; browsers run nothing that is in it
---@field type? string the content type, in place of the one that the name tells
---@field name? string the name that the file gets where it is saved
---@field download? boolean whether the browser saves it rather than showing it
---@field etag? string what changes when the file does, in place of its size and time
---@field maxAge? integer for how many seconds browsers may keep it without asking

---Says how long browsers and proxies may keep the answer, and ends the page where they have it already.
---@param options lcgi.CacheOptions
function response.cache(options) end

---Options of response.cache.
---@class lcgi.CacheOptions
---@field maxAge? integer for how many seconds it may be kept
---@field sharedMaxAge? integer the same for what many visitors share
---@field public? boolean whether everybody's caches may keep it
---@field private? boolean whether only the visitor's browser may keep it
---@field noStore? boolean whether nobody may keep it
---@field noCache? boolean whether it is asked for anew each time
---@field mustRevalidate? boolean whether it must not be used when it is too old
---@field immutable? boolean whether it never changes
---@field staleWhileRevalidate? integer for how many seconds more an old one may be used while a new one comes
---@field vary? string|string[] the request headers that it depends on, 64 at most
---@field etag? string what changes when the answer does
---@field modified? lcgi.Time when it changed last

---Sends what is written so far, headers first. Headers, cookies and sessions cannot follow. Where the answer has no content, as to HEAD, the page ends.
function response.flush() end
