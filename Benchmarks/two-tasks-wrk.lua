-- The load of the comparison for wrk: the same two requests in turn. Both are
-- made once; answers are not looked at, so Lua costs wrk next to nothing.
local requests, turn = {}, 0

function init()
  requests[0] = wrk.format("GET", "/a")
  requests[1] = wrk.format("POST", "/b", { ["Content-Type"] = "application/x-www-form-urlencoded" }, "deviceid=x")
end

function request()
  turn = 1 - turn
  return requests[turn]
end
