/// The script of `cicada demo`: that of examples/sample-webapp.lua, which an installed program does not have beside it.
enum DemoScript {
    static let text = #"""
        -- The 1:999 test of sample-webapp: a device that logs in now and then and reports metrics all the time.
        --
        --   sample-webapp &
        --   cicada run examples/sample-webapp.lua --host http://localhost:8000 --users 1000 --spawn-rate 200 --run-time 20s

        user "MetricsUser" {
          -- One second between two tasks of a user.
          wait = constant(1),

          -- Once per user, before its first task: what is put into self stays for the user's life.
          on_start = function(self) self.deviceid = uuid() end,

          -- One task in a thousand is a login, the others report metrics.
          task { "login",   weight = 1,   function(self) self.http:post("/login",   { form = { deviceid = self.deviceid } }) end },
          task { "metrics", weight = 999, function(self)
            local r = self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() } })
            -- A check that does not hold makes the request a failure.
            check(r, "echoes the device", r.body:find(self.deviceid, 1, true))
          end },
        }

        """#
}
