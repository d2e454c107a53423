-- Every method, and what counts as a success.
--
--   cicada run examples/verbs.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

user "Client" {
  wait = between(0.1, 0.3),
  -- One name for all items: the options of several requests may stand in a table of their own.
  task { "all of them", function(self)
    local item = { name = "/items/[id]" }
    self.http:get("/items/1", item)
    self.http:head("/items/1", item)
    self.http:options("/items/1", item)
    self.http:put("/items/1", { name = "/items/[id]", json = { name = "tea", price = 3 } })
    self.http:patch("/items/1", { name = "/items/[id]", json = { price = 4 } })
    -- Several statuses are right.
    self.http:delete("/items/1", { name = "/items/[id]", expect = { "2xx", 404 } })
    -- Servers that are well set up refuse this one.
    self.http:trace("/", { expect = 405 })
    -- The method may be known only now.
    self.http:request(random.choice { "get", "HEAD" }, "/items/2", item)
  end },

  task { "what may be missing", function(self)
    local r = self.http:get("/missing")
    -- Whether it is a failure depends on more than the status.
    if r.status == 404 then pass(r) else fail(r, "should be missing") end
    if r.error then print("no answer: " .. r.error) end
  end },
}
