-- Counts tries, so that nobody can go through all passwords there are.

local time = require "time"

local tries = {}
local mostKeys = 1000

-- Counts a try. Returns nil if it is one of the first `most` within so many
-- seconds, or else how many seconds are left.
function tries.count(key, most, seconds)
  local left
  shared.update("manual.tries", function(all)
    all = all or {}
    local now = time.now()
    local keys, soonest = 0, nil
    for k, v in pairs(all) do
      if v.ends <= now then
        all[k] = nil
      else
        keys = keys + 1
        if not soonest or v.ends < all[soonest].ends then soonest = k end
      end
    end
    local mine = all[key]
    if not mine then
      if keys >= mostKeys then all[soonest] = nil end
      mine = { count = 0, ends = now + seconds }
      all[key] = mine
    end
    if mine.count < most then
      mine.count = mine.count + 1
    else
      left = math.ceil(mine.ends - now)
    end
    return all
  end)
  return left
end

-- Forgets the tries of a key, after one that was right.
function tries.forget(key)
  shared.update("manual.tries", function(all)
    if all then all[key] = nil end
    return all
  end)
end

return tries
