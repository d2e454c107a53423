-- Rows of data files: every user has an account of its own, and each execution of a task takes another product.
--
--   sample-webapp &
--   cicada run examples/data-file.lua --host http://localhost:8000 --users 5 --run-time 30s

-- Each account is given to one user in the whole run, on whichever worker; with more users than rows it begins again.
local accounts = data { "data/accounts.csv", per = "user", order = "unique", at_end = "cyclic" }
-- JSON lines: each row is the value that stands there.
local products = data { "data/products.jsonl", per = "iteration", order = "random" }
-- A small file as a whole.
local settings = json.decode(file("data/settings.json"))

print(#accounts .. " accounts, " .. #products .. " products, pages of " .. settings.page_size)

user "Customer" {
  wait = between(0.1, 0.3),

  on_start = function(self)
    self.account = accounts:row(self)
    local r = self.http:post("/login", { form = { deviceid = self.account.name } })
    check(r, "greets the customer", r.body:find(self.account.name, 1, true))
  end,

  task { "look at a product", function(self)
    local product = products:row(self)
    -- All products are counted under one name.
    self.http:get("/", { query = { product = product.id, size = product.sizes[1] or "any", city = self.account.city }, name = "/product" })
  end },
}
