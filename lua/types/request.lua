---@meta
-- Written by `lcgi types`, which writes it anew: changes are lost.

---What the visitor asks for.
---@class lcgi.request
---@field method string such as "GET"
---@field path string the decoded path of the address, before any rewriting by the server
---@field pathInfo string the path behind the page's own; "" or beginning with /
---@field query string the query as sent, without ?
---@field host string the host, with the port where it is not the usual one
---@field scheme "http"|"https"
---@field https boolean
---@field remoteAddr string the visitor's address
---@field contentType string of the body; "" if there is none
---@field id string a name for this request, which the log has too
---@field folder string the folder of the page
---@field headers table<string, string> found in any case
request = {}

---Returns the bytes of the body.
---@return string
function request.body() end

---Returns the value that the body is, which must be JSON. What is none is answered with 400 or 415.
---@return any
function request.json() end

---Returns the list of all values of a field, and of all files of a file field: of the address first, then of the form.
---@param name string
---@return any[]
function request.all(name) end
