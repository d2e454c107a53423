-- What stands in a page: a hidden field to send back, links to follow.
--
--   cicada run examples/html.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

user "Visitor" {
  wait = between(0.1, 0.3),

  task { "form", function(self)
    local page = self.http:get("/new")
    -- The first match's captures. In [[ ]] backslashes stand for themselves.
    local token = regex.match(page.text, [[name="csrf" value="([^"]+)"]])
    if not check(page, "has a token", token) then return end
    self.http:post("/seen", { form = { csrf = token, comment = "so nice" } })
  end },

  task { "links", function(self)
    local page = self.http:get("/new")
    local from = regex.find(page.body, "(?i)<body")
    check(page, "has a body", from)
    for link in regex.gmatch(page.body, [[href="([^"]+)"]]) do
      -- One name for /items/1, /items/2, …
      self.http:get(link, { name = (regex.replace(url.parse(link).path, [[/\d+]], "/[id]")) })
    end
  end },

  task { "search", function(self)
    local words = random.choice { "green tea", "rice & salt", "crème" }
    local link = "/search?" .. url.query { q = words, page = 1 }
    local r = self.http:get(link, { name = "/search" })
    check(r, "is found", r.ok)
    self.http:get("/items/1/" .. url.encode(words), { name = "/items/[id]/[words]" })
    assert(url.decode(url.encode(words)) == words)
  end },
}
