-- Users as a function of the time: two waves, the second one higher.
--
--   sample-webapp &
--   cicada run examples/shape.lua --host http://localhost:8000
--   cicada validate examples/shape.lua --host http://localhost:8000

-- Called before the run with 0, 1, 2 and so on: how many users there are to be in that second. Straight lines lie between them; nil is the end.
local function waves(second)
  if second > 60 then return nil end
  local height = second < 30 and 20 or 40
  return 10 + height * math.sin(math.pi * (second % 30) / 30)
end

load { shape = waves }

user "Visitor" {
  wait = constant(0.2),
  task { "visit", function(self) self.http:get("/") end },
}
