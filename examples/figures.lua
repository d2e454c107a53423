-- Figures of your own: how long a whole way takes, how much was bought, and where the time of requests goes.
--
--   sample-webapp &
--   cicada run examples/figures.lua --host http://localhost:8000 --users 10 --run-time 30s

user "Buyer" {
  wait = between(0.1, 0.3),

  task { "buy", function(self)
    local start = time()
    self.http:get("/")
    sleep(0.02)
    local r = self.http:post("/metrics", { form = { deviceid = "basket", timestamp = timestamp() } })
    -- Merged over all workers, as the times of requests are.
    timing("way to the basket", time() - start)

    local items = math.random(1, 5)
    counter("items", items)
    counter("baskets")

    -- Where a request's time went; a part that did not happen is nil.
    if r.phases.wait then timing("waiting for the server", r.phases.wait) end
    if r.phases.connect then counter("new connections") end
    if r.time > 1 then fail(r, "slower than a second") end
  end },
}
