---@meta
-- Written by `lcgi types`, which writes it anew: changes are lost.

-- What every page and module sees: functions, superglobals, and the session
-- properties of LiveCode. Options of functions are classes beside them.

---Writes its values into the page as they are, one behind the other. nil writes nothing.
---@param value any a string, number, boolean or nil, or an object with a __tostring
---@param ... any
function put(value, ...) end

---Marks text that is HTML already, which `<?= ?>` then prints as it is.
---@param value any
---@return lcgi.Raw
function raw(value) end

---Text that is HTML. A string that `..` joins to it is escaped.
---@class lcgi.Raw: userdata
---@operator concat(any): lcgi.Raw

---Returns a value escaped for HTML text and for an attribute in quotes.
---@param value any
---@return string
function escape(value) end

---Runs another page in place and returns what it returns.
---@param path string counts from the including page, with a / in front from the site's root
---@param ... any the other page's `...`
---@return any ...
function include(path, ...) end

---Sends the visitor to another address and ends the page. The session is saved.
---@param url string
---@param code? 301|302|303|307|308 the status; 302 if it is not given
function redirect(url, code) end

---Ends the page as if it had come to its end: sessions are saved, what was written is sent.
function exit() end

---The fields of the address, behind the `?`. `a[]` and `a[k]` make tables.
---@type lcgi.Fields
_GET = {}

---The fields of a form that was sent with POST, PUT or PATCH.
---@type lcgi.Fields
_POST = {}

---The cookies that the browser has sent.
---@type table<string, string>
_COOKIE = {}

---The files of a form. Of a field that is named `a[]` it is a list.
---@type table<string, lcgi.Upload|any>
_FILES = {}

---What the web server says of the request, under the names of CGI.
---@type table<string, string>
_SERVER = {}

---What is remembered of the visitor, from `start session` on.
---@type table<any, any>
_SESSION = {}

---The fields of a form: strings, and tables where names have brackets.
---@class lcgi.Fields
---@field [string|integer] any

---A file that a visitor has sent. It is gone when the page has ended.
---@class lcgi.Upload
---@field name string the name it has with the visitor, without folders
---@field type string the media type that the browser says it has; empty if that is none
---@field size integer bytes
---@field path? string where it waits; nil if no file was chosen
---@field error? string why there is no file; nil if there is one
local Upload = {}

---Moves the file to where it stays, in place of what is there.
---@param path string counts from the page's folder
---@return string path the absolute path
function Upload:save(path) end

---The name of the session that `start session` opens, and of its cookie.
---@type string?
sessionName = nil

---The same; it counts more than sessionName.
---@type string?
sessionCookieName = nil

---A session to continue in place of the cookie's; after `start session` the one in use.
---@type string?
sessionID = nil

---Seconds without a request after which the session is forgotten.
---@type number?
sessionLifetime = nil

---The folder of the sessions.
---@type string?
sessionSavePath = nil
