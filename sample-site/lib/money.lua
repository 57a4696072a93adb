-- Amounts of money in whole cents, which add up exactly.

local money = {}

-- Returns the amount as people write it: money.text(123456) is "1,234.56".
function money.text(cents)
  local sign = cents < 0 and "-" or ""
  cents = math.abs(cents)
  local whole = ("%.0f"):format(math.floor(cents / 100))
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return ("%s%s.%02d"):format(sign, whole, cents % 100)
end

-- Returns the cents of what somebody has typed, such as "12" or "1,234.5";
-- or nil and what is wrong with it.
function money.cents(text)
  local whole, fraction = text:gsub("[%s,]", ""):match("^(%d+)%.?(%d*)$")
  if not whole then return nil, "Write an amount such as 12.50" end
  if #whole > 12 then return nil, "That is more than there is" end
  if #fraction > 2 then return nil, "Cents have two digits" end
  return tonumber(whole) * 100 + tonumber((fraction .. "00"):sub(1, 2))
end

return money
