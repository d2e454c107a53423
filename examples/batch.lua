-- A page and what belongs to it, fetched at once as a browser does it.
--
--   cicada run examples/batch.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

user "Browser" {
  wait = between(0.2, 1),

  task { "open the page", function(self)
    local start = time()
    local page = self.http:get("/")
    if not check(page, "is a page", page.status == 200) then return end
    -- All four are under way at the same time; the answers stand in the order of the requests.
    local rs = self.http:batch {
      { "GET", "/style.css" },
      { "GET", "/items/1", { name = "/items/[id]" } },
      { "GET", "/items/2", { name = "/items/[id]" } },
      { "POST", "/seen", { json = { page = "/" }, expect = "2xx" } },
    }
    check(rs[1], "is a style sheet", rs[1].headers["Content-Type"] == "text/css")
    for i = 2, 3 do
      local price = rs[i]:json("price")
      if not price then fail(rs[i], "no price") end
    end
    timing("whole page", time() - start)
  end },
}
