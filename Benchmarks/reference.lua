-- The reference run's users: one login in a thousand tasks, the others report metrics. WAIT is the pause between two tasks in seconds.
local pause = tonumber(env("WAIT", "1"))

user "Device" {
  wait = constant(pause),
  on_start = function(self) self.deviceid = uuid() end,
  task { "login",   weight = 1,   function(self) self.http:post("/login",   { form = { deviceid = self.deviceid } }) end },
  task { "metrics", weight = 999, function(self) self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() } }) end },
}
