---@meta
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Sessions: what is remembered of a visitor from one request to the next.
---@class lcgi.session
session = {}

---Continues the visitor's session or begins one. Without a name, _SESSION is its data from then on.
---@param options? lcgi.SessionOptions
---@return lcgi.Session
function session.start(options) end

---Returns the session of that name if this page has it open, else nil. Without a name, the one that _SESSION belongs to.
---@param name? string
---@return lcgi.Session?
function session.get(name) end

---Returns the number of sessions that have not expired.
---@return integer
function session.count() end

---Removes what has expired and returns how many sessions that were.
---@return integer
function session.sweep() end

---Options of session.start.
---@class lcgi.SessionOptions
---@field name? string of the session and of its cookie; LCSESSION if it is not given
---@field id? string a session to continue in place of the cookie's
---@field lifetime? number seconds without a request after which it is forgotten; 1440 if it is not given
---@field maxLifetime? number seconds after its beginning at which it is forgotten in any case
---@field savePath? string the folder that it is kept in
---@field readonly? boolean whether it is only looked at, which makes nobody wait
---@field track? "cookie"|"link"|"both"|"auto"|"none" how the visitor carries the id; cookie if it is not given
---@field parameter? string the name of the field that carries the id in links
---@field absoluteLinks? boolean whether links that begin with http: carry the id too; true if it is not given
---@field rotate? boolean whether it gets a new id with every request
---@field keepId? boolean whether one that has expired begins anew under its old id
---@field wait? number seconds to wait while another request has it
---@field cookie? lcgi.SessionCookieOptions

---Options of the cookie of a session.
---@class lcgi.SessionCookieOptions
---@field name? string where it is not to be the session's
---@field path? string where on the site it is sent back; / if it is not given
---@field domain? string a domain whose hosts all get it
---@field secure? boolean whether it is only sent back over https; true on https
---@field sameSite? "Strict"|"Lax"|"None" whether other sites send it; Lax if it is not given
---@field httpOnly? boolean whether scripts in the page cannot see it; true if it is not given
---@field lifetime? number seconds that the browser keeps it, from each use on

---A session that a page has open.
---@class lcgi.Session: userdata
---@field id string 64 hex digits; whoever knows it is the visitor
---@field name string
---@field result "new"|"load"|"expire"|"rotate" what session.start has found
---@field data table what is remembered; it can be set
---@field lifetime number seconds; it can be set
---@field maxLifetime number? seconds, nil is no limit; it can be set
---@field created lcgi.Time when it began
---@field lastHit lcgi.Time|0 when the request before this one used it; 0 as long as nothing is stored
---@field token string name=value, which leads to it behind the ? or & of an address
---@field folder string? its private folder; nil where a read-only session has none
---@field url string what stands before the name of a file in that folder
local Session = {}

---Saves it now. It stays open.
function Session:save() end

---Saves it now, and lets other requests have it.
function Session:stop() end

---Gives it up: what this page has changed is not stored.
function Session:abort() end

---Gives it a new id.
---@param grace? number seconds for which the old id leads to it, 0 to 300; 30 if they are not given
function Session:rotate(grace) end

---Removes its data and its folder. It goes on, empty, under its id.
function Session:reset() end

---Ends it: its data, its folder and its cookie are removed.
function Session:delete() end

---Has a function called whenever it is about to be saved.
---@param fn fun(session: lcgi.Session)
function Session:beforeSave(fn) end
