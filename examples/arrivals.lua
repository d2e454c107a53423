-- The open model: visits start at a rate, however long those before take. What is not answered in time does not slow the load down.
--
--   sample-webapp &
--   cicada run examples/arrivals.lua --host http://localhost:8000
--   cicada run examples/arrivals.lua --host http://localhost:8000 --arrival-stages '10s:200/s, 20s:200/s, 10s:0/s'

load {
  -- 50 visits a second, at random, as people come who do not know of one another.
  arrival_rate = "50/s",
  arrivals = "poisson",
  -- 200 users are enough while a visit takes 4 s or less: 200 users / 50 per second.
  max_users = 200,
  run_time = "1m",
}

-- What the run is judged by: cicada's exit code is 99 when one of them does not hold.
thresholds { "failure_rate < 1%", "p95 < 5s" }

user "Visitor" {
  task { "visit", weight = 9, function(self) self.http:get("/") end },
  task { "sign in", weight = 1, function(self)
    self.http:post("/login", { form = { deviceid = uuid() } })
    self.http:get("/", { name = "/ after signing in" })
  end },
}
