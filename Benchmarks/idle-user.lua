-- For memory per user: one request, then a user that keeps its connection and waits.
user "Idle" {
  wait = constant(600),
  task { "a", weight = 1, function(self) self.http:get("/a") end },
}
