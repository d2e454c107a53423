-- Every kind of pause between two tasks.
--
--   sample-webapp &
--   cicada run examples/waits.lua --host http://localhost:8000 --users 12 --run-time 30s

local home = task { "home", function(self) self.http:get("/") end }

-- The same pause each time.
user "Constant" { wait = constant(0.2), home }
-- Any pause between two bounds.
user "Between" { wait = between(0.1, 0.4), home }
-- At random, 0.25 s on average: many such users send as independently of one another as people do.
user "Poisson" { wait = poisson(0.25), home }
-- A task every 0.3 s, however long the task takes. What is late is made up for and counted as late.
user "Pacing" { wait = pacing(0.3), home }
-- Four tasks a second; what is late shifts all that follows, as in Locust.
user "Throughput" { wait = throughput(4, { catch_up = false }), home }
-- Whatever a function says: here users get slower and slower, until they go.
user "Tired" {
  wait = function(self)
    self.pause = (self.pause or 0.05) * 1.5
    return math.min(self.pause, 1)
  end,
  task { "home", function(self)
    self.http:get("/")
    sleep(0.05)
    self.turns = (self.turns or 0) + 1
    if self.turns >= 100 then stop_user() end
  end },
}
