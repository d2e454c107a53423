-- Signs in once with JSON and sends the token with every later request.
--
--   cicada run examples/sign-in.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

user "Customer" {
  wait = between(0.1, 0.5),

  on_start = function(self)
    local r = self.http:post("/login", { json = { user = "anna", password = "secret" }, timeout = 5 })
    -- json() reads the body; a path leads to what is wanted. When it is not there the second result says why.
    local token, why = r:json("session.token")
    if not token then
      fail(r, "no token")
      print("user " .. self.id .. " cannot sign in: " .. why)
      stop_user()
    end
    self.token = token
  end,

  task { "orders", weight = 3, function(self)
    local r = self.http:get("/orders", { auth = { bearer = self.token }, query = { page = 1, size = 20 } })
    local orders = r:json("orders") or {}
    check(r, "is a list of orders", #orders > 0)
    for _, order in ipairs(orders) do
      if order.note ~= json.null then print("order " .. order.id .. ": " .. order.note) end
    end
  end },

  -- Without the token the shop must not answer: here 401 is right, and 200 would be a failure.
  task { "orders of nobody", function(self)
    self.http:get("/orders", { name = "/orders of nobody", expect = 401 })
  end },
}
