-- For the curve over request names: GET / under one of NAMES names, each as likely as the others; WAIT is the mean pause in seconds.
local pause = tonumber(env("WAIT", "1"))
local names = {}
for number = 1, tonumber(env("NAMES", "1")) do names[number] = { name = "/page/" .. number } end

user "Reader" {
  wait = between(pause / 2, pause * 3 / 2),
  task { "page", function(self) self.http:get("/", names[math.random(#names)]) end },
}
