-- What one user does: a device that logs in now and then and reports metrics all the time (the 1:999 test of sample-webapp).
-- The language: docs/scripting.md. Files that it reads stand beside it and in kustomization.yaml.

-- Every user is a device of some model; user n has row n, and behind the last row comes the first again.
local devices = data { "devices.csv", per = "user", order = "cyclic" }

user "MetricsUser" {
  -- One second between two tasks of a user.
  wait = constant(1),

  -- Once per user, before its first task: what is put into self stays for the user's life.
  on_start = function(self)
    self.deviceid = uuid()
    local device = devices:row(self)
    self.agent = { ["User-Agent"] = device.model .. "/" .. device.firmware }
  end,

  -- One task in a thousand is a login, the others report metrics.
  task { "login", weight = 1, function(self)
    self.http:post("/login", { form = { deviceid = self.deviceid }, headers = self.agent })
  end },
  task { "metrics", weight = 999, function(self)
    local r = self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() }, headers = self.agent })
    -- A check that does not hold makes the request a failure.
    check(r, "echoes the device", r.body:find(self.deviceid, 1, true))
  end },
}
