-- Signed requests, and data made up on the way.
--
--   sample-webapp &
--   API_SECRET=abc cicada run examples/signed.lua --host http://localhost:8000 --users 10 --run-time 30s

local SECRET = env("API_SECRET", "secret")
-- Keys often come as hexadecimal digits.
local SALT = hex.decode("0b0b0b0b")

user "Device" {
  wait = between(0.1, 0.3),

  on_start = function(self)
    self.device = uuid()
    -- A token that is made here: three parts of base64 (RFC 7519).
    local head = base64.encode(json.encode { alg = "HS256", typ = "JWT" }, "url")
    local claims = base64.encode(json.encode { sub = self.device, iat = math.floor(time()) }, "url")
    local text = head .. "." .. claims
    self.token = text .. "." .. base64.encode(hmac.sha256(SECRET, text, "raw"), "url")
    assert(json.decode(base64.decode(claims)).sub == self.device)
  end,

  task { "report", function(self)
    local body = url.query {
      deviceid = self.device, timestamp = timestamp(), day = format_time(time(), "%Y-%m-%d"),
      note = random.text(12), colour = random.choice { "red", "green" },
    }
    self.http:post("/metrics", {
      body = body, auth = { bearer = self.token },
      headers = {
        ["Content-Type"] = "application/x-www-form-urlencoded",
        ["X-Trace"] = hex.encode(random.bytes(8)),
        ["X-Signature"] = hmac.sha512(SECRET .. SALT, body),
        ["X-Old-Signature"] = hmac.sha1(SECRET, body, "base64"),
        ["X-Digest"] = hash.sha384(body, "base64"),
      },
    })
  end },

  -- The same pages, in another order each time.
  task { "pages", function(self)
    for _, page in ipairs(random.shuffle { "/", "/?a", "/?b" }) do self.http:get(page, { name = "/" }) end
  end },
}
