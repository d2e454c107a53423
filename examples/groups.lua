-- How users find their way: weighted groups, sequences, tags, leaving and stopping.
--
--   sample-webapp &
--   cicada run examples/groups.lua --host http://localhost:8000 --users 20 --run-time 30s
--   cicada run examples/groups.lua --host http://localhost:8000 --users 20 --run-time 30s --tags read

user "Shopper" {
  weight = 4,
  wait = between(0.05, 0.2),

  -- A group: two to four of its tasks, picked by weight. Then the user is back in the class.
  group { "browse", weight = 8, rounds = between(2, 4), tags = "read",
    task { "home", weight = 3, function(self) self.http:get("/") end },
    task { "search", function(self)
      local r = self.http:get("/", { query = { q = "tea" }, name = "/search" })
      -- Nothing found: no use to stay in this group.
      if #r.body == 0 then leave() end
    end },
  },

  -- A sequence: all of its tasks, one after the other.
  sequence { "buy", weight = 2, tags = { "write" },
    task { "basket", function(self) self.http:post("/login", { form = { deviceid = self.id } }) end },
    -- Groups may stand inside one another.
    group { "pay", rounds = 1,
      task { "by card", weight = 5, function(self) self.http:post("/metrics", { form = { deviceid = "card" } }) end },
      task { "by bill", weight = 1, function(self) self.http:post("/metrics", { form = { deviceid = "bill" } }) end },
    },
  },
}

-- Always exactly one of these, however many users there are.
user "Guard" {
  fixed_count = 1,
  wait = constant(0.2),
  task { "look", function(self)
    local r = self.http:get("/")
    if r.status == 503 then stop_run("the shop is closed") end
  end },
  on_stop = function(self) self.http:get("/", { name = "/last look" }) end,
}
