-- The users of the reference run for the curve over connections: env HOSTS has one base URL for each user class, WAIT the mean pause in seconds.
-- Pauses are random: constant ones of users that were once answered together end together ever after, and a wake-up is shared by more and more. So it is
-- with CONSTANT.
local pause = tonumber(env("WAIT", "1"))
local number = 0

for host in env("HOSTS"):gmatch("[^,]+") do
  number = number + 1
  user("Device" .. number) {
    host = host,
    wait = env("CONSTANT") and constant(pause) or between(pause / 2, pause * 3 / 2),
    on_start = function(self) self.deviceid = uuid() end,
    task { "login",   weight = 1,   function(self) self.http:post("/login",   { form = { deviceid = self.deviceid } }) end },
    task { "metrics", weight = 999, function(self) self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() } }) end },
  }
end
