-- Uploads: forms with files, raw bytes, and digests that the server can compare.
--
--   cicada run examples/upload.lua --host http://localhost:8080 --users 10 --run-time 30s
--
-- The paths are those of an imaginary shop: change them to yours.

-- Read once, where the run is planned; every worker gets it with the script.
local list = file("data/accounts.csv")

user "Uploader" {
  wait = constant(0.3),

  task { "form with a file", function(self)
    local picture = random.bytes(2048)
    self.http:post("/upload", {
      expect = 201,
      multipart = {
        title = "holidays",
        public = true,
        picture = { data = picture, filename = "beach.jpg", type = "image/jpeg" },
        list = { data = list, filename = "list.csv", type = "text/csv" },
      },
    })
  end },

  task { "raw bytes", function(self)
    local body = random.bytes(4096)
    self.http:post("/upload", {
      body = body, expect = { 200, 201 },
      headers = {
        ["Content-Type"] = "application/octet-stream",
        ["Content-MD5"] = base64.encode(hash.md5(body, "raw")),
        ["X-SHA1"] = hash.sha1(body),
        ["Repr-Digest"] = "sha-256=:" .. hash.sha256(body, "base64") .. ":, sha-512=:" .. hash.sha512(body, "base64") .. ":",
      },
    })
  end },
}
