-- The load of the comparison: two requests, equally often, without a pause.
user "Bench" {
  wait = constant(0),
  task { "a", weight = 1, function(self) self.http:get("/a") end },
  task { "b", weight = 1, function(self) self.http:post("/b", { form = { deviceid = "x" } }) end },
}
