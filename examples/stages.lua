-- Users that come, stay and go: the closed model in stages.
--
--   sample-webapp &
--   cicada run examples/stages.lua --host http://localhost:8000
--   cicada run examples/stages.lua --host http://localhost:8000 --shape 'spike(base=10, peak=100, at=20s, for=10s)'

-- In 10 s from none to 50 users, 40 s with all of them, then down to none in 10 s; with the last stage the run ends.
load { stages = "10s:50, 40s:50, 10s:0" }

user "Visitor" {
  wait = between(0.1, 0.5),
  task { "visit", function(self) self.http:get("/") end },
}
