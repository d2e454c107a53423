-- Redirects, credentials and cookies.
--
--   cicada run examples/sessions.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

user "Member" {
  wait = between(0.1, 0.3),
  -- Defaults of all requests of this class.
  timeout = 10,
  headers = { ["Accept-Language"] = "en" },

  task { "follow", function(self)
    local r = self.http:get("/old")
    check(r, "leads to the new page", r.redirects == 1 and r.url:find("/new", 1, true))
  end },

  task { "do not follow", function(self)
    local r = self.http:get("/old", { redirects = false, expect = 302, name = "/old (first answer)" })
    check(r, "points to the new page", url.parse(r.headers.Location).path == "/new")
  end },

  task { "sign in and out", function(self)
    -- Cookies of answers are kept for the user and sent back without any doing.
    local r = self.http:post("/login", { json = { user = "anna" } })
    check(r, "sets a session", r.cookies.session)
    self.http:get("/private", { auth = { user = "anna", password = "secret" } })
    -- A new visitor: with the next request no cookie is sent.
    self.http:clear_cookies()
    self.http:get("/")
  end },
}
