-- What is done once in a run, before the first user and after the last one, and what all users get from it.
--
--   API_KEY=abc cicada run examples/setup.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

-- Read where the run is planned. Only variables that are named here go to the workers.
local API_KEY = env("API_KEY", "none")

setup(function(self)
  local r = self.http:post("/items", { json = { name = "test item", tags = json.array() }, headers = { ["X-Key"] = API_KEY }, expect = 201 })
  -- Whatever can be written as JSON: it is every user's self.shared.
  return { item = r:json("id"), made_by = "setup" }
end)

teardown(function(self)
  self.http:delete("/items/" .. self.shared.item, { headers = { ["X-Key"] = API_KEY }, name = "/items/[id]" })
end)

user "Reader" {
  wait = between(0.1, 0.3),
  task { "read the item", function(self)
    self.http:get("/items/" .. self.shared.item, { name = "/items/[id]", headers = { ["X-User"] = self.class .. " " .. self.id } })
  end },
}
