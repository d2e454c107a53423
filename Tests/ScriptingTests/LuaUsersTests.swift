import LoadModel
import Testing

@testable import Scripting

struct LuaUsersTests {
    @Test func selfLastsForTheUsersLife() throws {
        let driver = try ScriptDriver(
            """
            user "U" {
              on_start = function(self) self.n = 0 end,
              task { "t", function(self) self.n = self.n + 1; print(self.n) end },
            }
            """)
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        for slot in [0, 1] { #expect(driver.run(.start, slot: slot) == [.end]) }
        for slot in [0, 0, 1, 0] { #expect(driver.run(slot: slot) == [.end]) }
        #expect(driver.lines == ["1", "2", "1", "3"])
    }

    @Test func freedSlotStartsAfresh() throws {
        let driver = try ScriptDriver(#"user "U" { task { "t", function(self) print(self.x); self.x = 1 end } }"#)
        driver.users.create(slot: 3, userClass: 0, number: 0)
        driver.run(slot: 3)
        driver.users.destroy(slot: 3)
        driver.users.create(slot: 3, userClass: 0, number: 1)
        driver.run(slot: 3)
        #expect(driver.lines == ["nil", "nil"])
    }

    @Test func classWithoutOnStartEndsItsStartAtOnce() throws {
        let driver = try ScriptDriver.task("")
        #expect(driver.run(.start) == [.end])
    }

    @Test func requestsAndSleepsAlternate() throws {
        let driver = try ScriptDriver.task(#"self.http:get("/a") sleep(0.5) self.http:post("/b") sleep(0)"#)
        #expect(
            driver.run() == [.request("GET /a"), .sleep(nanoseconds: 500_000_000), .request("POST /b"), .sleep(nanoseconds: 0), .end])
    }

    @Test func onStartMayAskForRequests() throws {
        let driver = try ScriptDriver(
            #"user "U" { on_start = function(self) self.s = self.http:get("/token").status end, task { "t", function(self) print(self.s) end } }"#
        )
        driver.users.create(slot: 0, userClass: 0, number: 0)
        #expect(driver.run(.start) == [.request("GET /token"), .end])
        driver.run()
        #expect(driver.lines == ["200"])
    }

    @Test func interleavedUsersKeepApart() throws {
        let driver = try ScriptDriver(
            #"user "U" { task { "t", function(self) local r = self.http:get("/"); print(r.body); local s = self.http:get("/"); print(r.body, s.body) end } }"#
        )
        let users = driver.users
        for slot in 0..<3 {
            users.create(slot: slot, userClass: 0, number: slot)
            #expect(users.begin(.task(0), slot: slot, exchange: driver.exchange) == .request)
        }
        for slot in [2, 0, 1] { #expect(driver.resume(slot, with: .init(body: "first \(slot)")) == .request) }
        for slot in [1, 2, 0] { #expect(driver.resume(slot, with: .init(body: "second \(slot)")) == .end) }
        #expect(
            driver.lines == [
                "first 2", "first 0", "first 1", "first 1\tsecond 1", "first 2\tsecond 2", "first 0\tsecond 0",
            ])
    }

    @Test func abandonedUserCanBeginAgain() throws {
        let driver = try ScriptDriver.task(
            #"local guard <close> = setmetatable({}, { __close = function() print("closed") end }) self.http:get("/") sleep(1) print("done")"#
        )
        let users = driver.users
        #expect(users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        users.abandon(slot: 0)
        #expect(driver.lines == ["closed"])
        users.abandon(slot: 0)
        #expect(users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        #expect(driver.resume(0, with: .init()) == .sleep(nanoseconds: 1_000_000_000))
        users.abandon(slot: 0)
        #expect(driver.run() == [.request("GET /"), .sleep(nanoseconds: 1_000_000_000), .end])
        #expect(driver.lines == ["closed", "closed", "done", "closed"])
        #expect(users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        users.destroy(slot: 0)
        users.create(slot: 0, userClass: 0, number: 1)
        #expect(driver.run().last == .end)
    }

    @Test func closeVariableOfAnAbandonedStepCannotAskForAnything() throws {
        let driver = try ScriptDriver.task(
            """
            local guard <close> = setmetatable({}, { __close = function()
              for _, f in ipairs { function() self.http:get("/") end, function() sleep(1) end, coroutine.yield } do print(pcall(f)) end
            end })
            self.http:get("/")
            """)
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        driver.users.abandon(slot: 0)
        #expect(
            driver.lines == [
                "false\ttest.lua:3: a request cannot be used after a step has been broken off: call it directly in on_start or in a task",
                "false\ttest.lua:3: sleep cannot be used after a step has been broken off: call it directly in on_start or in a task",
                "false\tcoroutine.yield can be used only inside a coroutine that the script made itself",
            ])
        #expect(driver.run().first == .request("GET /"))
    }

    @Test func exceptionEndsTheStepAndTheUserGoesOn() throws {
        let driver = try ScriptDriver(
            """
            local function inner(self)
              return self.missing.field
            end
            user "U" { task { "bad", function(self)
              self.http:get("/a")
              inner(self)
              self.http:get("/b")
            end }, task { "good", function(self) self.http:get("/c") end } }
            """)
        driver.users.create(slot: 0, userClass: 0, number: 0)
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        #expect(driver.resume(0, with: .init()) == .exception)
        #expect(
            driver.exchange.exception
                == ScriptException(
                    place: "test.lua:2:15", message: "attempt to index a nil value (field 'missing')",
                    stack: "test.lua:2: in upvalue 'inner'\ntest.lua:6: in function <test.lua:4>"))
        driver.exchange.request.reset()
        #expect(driver.run(.task(1)) == [.request("GET /c"), .end])
        #expect(driver.run(.task(0)).last == .exception(place: "test.lua:2:15", message: "attempt to index a nil value (field 'missing')"))
    }

    static let errors: [(String, String, String)] = [
        ("error('plain')", "test.lua:2", "plain"),
        ("error('no place', 0)", "test.lua:2", "no place"),
        ("error()", "test.lua:2", "the error value is nil, not a text: give error() a text"),
        ("error({ code = 5 })", "test.lua:2", "the error value is a table, not a text: give error() a text"),
        ("error(12)", "test.lua:2", "12"),
        ("error(true)", "test.lua:2", "the error value is a boolean, not a text: give error() a text"),
        ("error(setmetatable({}, { __tostring = function() return 'own words' end }))", "test.lua:2", "own words"),
        ("error(setmetatable({}, { __tostring = function() error('again') end }))", "test.lua:2", "an error that could not be described"),
        ("\n\nlocal x = nil + 1", "test.lua:4", "attempt to perform arithmetic on a nil value"),
        ("local function f() return f() + 1 end f()", "test.lua:2", "stack overflow"),
        (
            "return self.http:gte('/')", "test.lua:2",
            "http has no function 'gte': it has get, post, put, patch, delete, head, options, trace, request, batch and clear_cookies"
        ),
        ("return self.http:get(1)", "test.lua:2", "http:get: the URL must be a text, not the number 1: write \"/path\""),
        ("self.http.get('/')", "test.lua:2", "http:get is called with a colon: write self.http:get(\"/path\")"),
        ("coroutine.yield()", "test.lua:2", "coroutine.yield can be used only inside a coroutine that the script made itself"),
        (
            "coroutine.wrap(function() self.http:get('/') end)()", "test.lua:2",
            "a request cannot be used inside a coroutine of the script: call it directly in on_start or in a task"
        ),
        (
            "coroutine.wrap(function() sleep(1) end)()", "test.lua:2",
            "sleep cannot be used inside a coroutine of the script: call it directly in on_start or in a task"
        ),
        (
            "('x'):gsub('x', function() self.http:get('/') end)", "test.lua:2",
            "a request cannot be used inside a function that Lua's library calls (string.gsub, table.sort, ...): call it directly in on_start or in a task"
        ),
        ("user 'V'", "test.lua:2", "user can be used only at the top level of the script, not while users run"),
        ("task {}", "test.lua:2", "task can be used only at the top level of the script, not while users run"),
        ("sleep('1')", "test.lua:2", "sleep needs a number of seconds, not string"),
        ("sleep(-1)", "test.lua:2", "sleep needs a number of seconds from 0 to 1000000000, not -1"),
        ("sleep(0/0)", "test.lua:2", "sleep needs a number of seconds from 0 to 1000000000, not NaN"),
        ("sleep(math.huge)", "test.lua:2", "sleep needs a number of seconds from 0 to 1000000000, not inf"),
    ]

    @Test(arguments: errors) func errorsAreExceptionsWithPlaceAndMessage(body: String, place: String, message: String) throws {
        let driver = try ScriptDriver.task(body)
        guard case .exception(let itsPlace, let itsMessage)? = driver.run().last else {
            Issue.record("no exception from \(body)")
            return
        }
        #expect(itsPlace == place)
        // Lua says more of a stack overflow, and how much it may show depends on the C stack.
        if message == "stack overflow" { #expect(itsMessage.hasPrefix(message)) } else { #expect(itsMessage == message) }
        #expect(driver.run().last == .exception(place: itsPlace, message: itsMessage))
    }

    @Test func pcallSurvivesRequestsAndCatchesRefusals() throws {
        let driver = try ScriptDriver.task(
            """
            print(pcall(function() return self.http:get("/a").status end))
            print(pcall(self.http.get, self.http, "nowhere"))
            print(select("#", pcall(sleep, 1)))
            self.http:get("/b")
            """)
        #expect(driver.run() == [.request("GET /a"), .sleep(nanoseconds: 1_000_000_000), .request("GET /b"), .end])
        #expect(
            driver.lines == [
                "true\t200",
                "false\thttp:get: the URL \"nowhere\" begins neither with / nor with http:// or https://: write \"/nowhere\"", "1",
            ])
    }

    @Test func scriptsOwnCoroutinesWork() throws {
        let driver = try ScriptDriver.task(
            """
            local numbers = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
            local r = self.http:get("/" .. numbers())
            self.http:get("/" .. numbers())
            print(numbers(), coroutine.running())
            """)
        #expect(driver.run() == [.request("GET /1"), .request("GET /2"), .end])
        #expect(driver.lines == ["3\tnil\ttrue"])
    }

    @Test func tenThousandUsersInFlight() throws {
        let driver = try ScriptDriver(
            """
            user "U" { on_start = function(self) self.id = uuid() end,
              task { "t", function(self)
                local r = self.http:post("/m", { form = { id = self.id } })
                check(r, "same", r.body == "id=" .. self.id)
              end } }
            """)
        let users = driver.users
        for slot in 0..<10_000 {
            users.create(slot: slot, userClass: 0, number: slot)
            #expect(users.begin(.start, slot: slot, exchange: driver.exchange) == .end)
        }
        var bodies: [String] = []
        for slot in 0..<10_000 {
            #expect(users.begin(.task(0), slot: slot, exchange: driver.exchange) == .request)
            bodies.append(driver.takeRequest().body)
        }
        #expect(Set(bodies).count == 10_000)
        var order = Array(0..<10_000)
        var generator = SplitMix64(seed: 7)
        order.shuffle(using: &generator)
        for slot in order { #expect(driver.resume(slot, with: .init(body: bodies[slot])) == .end) }
        let isClean = driver.exchange.verdict.failureReason.isEmpty
        #expect(isClean)
        for slot in order { users.destroy(slot: slot) }
    }

    @Test(arguments: [false, true]) func memoryDoesNotGrowWithSteps(tidies: Bool) throws {
        let driver = try ScriptDriver(
            """
            user "U" { task { "t", function(self)
                local r = self.http:post("/m", { form = { t = timestamp() }, headers = { X = "1" } })
                if not pcall(check, r, "ok", r.ok) then error("x") end
                self.last = r.body .. #r.headers
                self.http:get("/")
              end }, task { "bad", function(self) error({}) end } }
            """)
        for slot in 0..<10 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        func play(_ steps: Int) {
            for step in 0..<steps {
                driver.exchange.request.reset()
                var command = driver.users.begin(.task(step % 20 == 0 ? 1 : 0), slot: step % 10, exchange: driver.exchange)
                while command == .request {
                    if step % 7 == 0 {
                        driver.users.abandon(slot: step % 10)
                        break
                    }
                    driver.exchange.request.reset()
                    command = driver.resume(step % 10, with: .init(body: "0123456789"))
                }
                if tidies { while driver.users.tidy() {} }
            }
        }
        play(20_000)
        let before = driver.users.usedBytes
        play(60_000)
        #expect(driver.users.usedBytes < before + 256 << 10)
        #expect(driver.users.usedBytes < 4 << 20)
    }

    @Test func idleUserCostsAtMost250BytesOfLua() throws {
        let driver = try ScriptDriver(
            #"user "U" { on_start = function(self) self.deviceid = uuid() end, task { "t", function() end } }"#)
        let before = driver.users.usedBytes
        for slot in 0..<20_000 {
            driver.users.create(slot: slot, userClass: 0, number: slot)
            _ = driver.users.begin(.start, slot: slot, exchange: driver.exchange)
        }
        #expect((driver.users.usedBytes - before) / 20_000 < 250)
    }
}
