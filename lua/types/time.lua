---@meta time
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Points in time.
---@class lcgi.time
local time = {}

---Returns this moment.
---@return lcgi.Time
function time.now() end

---Returns the moment so long after the beginning of 1970.
---@param seconds number
---@param nanoseconds? integer
---@return lcgi.Time
function time.unix(seconds, nanoseconds) end

---Returns the moment that a date is.
---@param fields lcgi.time.DateFields|lcgi.time.Fields
---@return lcgi.Time
function time.date(fields) end

---What time.date takes. Fields that are not given are the first, or 0.
---@class lcgi.time.DateFields
---@field year integer
---@field month? integer
---@field day? integer
---@field hour? integer
---@field minute? integer
---@field second? integer
---@field nanosecond? integer
---@field zone? string such as "Europe/Berlin"; UTC if it is not given
---@field offset? integer seconds east of UTC, which tell two times apart that a clock shows alike

---Reads a time, or returns nil and what is wrong with the text.
---@param text string
---@param layout? string as in os.date; one like 2026-11-20T09:25:17Z if it is not given
---@param zone? string the zone of a text that does not say it; UTC if it is not given
---@return lcgi.Time? time
---@return string? message
function time.parse(text, layout, zone) end

---Writes a time.
---@param t lcgi.Time
---@param layout? string as in os.date
---@param zone? string the zone that it is written in; UTC if it is not given
---@return string
function time.format(t, layout, zone) end

---Returns a time that is so much later, or earlier.
---@param t lcgi.Time
---@param amounts lcgi.time.Duration
---@param zone? string the zone whose calendar and clocks count; UTC if it is not given
---@return lcgi.Time
function time.add(t, amounts, zone) end

---What time.add adds. Each may be negative.
---@class lcgi.time.Duration
---@field years? integer
---@field months? integer
---@field weeks? number
---@field days? number
---@field hours? number
---@field minutes? number
---@field seconds? number

---Returns what calendar and clock show.
---@param t lcgi.Time
---@param zone? string UTC if it is not given
---@return lcgi.time.Fields
function time.fields(t, zone) end

---What time.fields returns.
---@class lcgi.time.Fields
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field second integer
---@field nanosecond integer
---@field weekday integer 1 is Sunday
---@field yearDay integer 1 is the first of January
---@field zone string
---@field offset integer seconds east of UTC
---@field abbreviation string such as "CEST"
---@field dst boolean whether it is summer time

---Returns whether there is a time zone of that name.
---@param name string
---@return boolean
function time.isZone(name) end

---A point in time. It can be compared, printed, and kept in a session.
---@class lcgi.Time: userdata
---@field unix integer whole seconds since the beginning of 1970
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field second integer
---@field nanosecond integer
---@field weekday integer 1 is Sunday
---@operator add(number): lcgi.Time
---@operator sub(number): lcgi.Time
---@operator sub(lcgi.Time): number

return time
