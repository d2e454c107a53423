import LoadModel
import Testing

@testable import Scripting

struct ControlTests {
    private func grouped(_ body: String) throws -> ScriptDriver {
        let driver = try ScriptDriver(
            """
            user "U" {
              on_start = function(self) if self.starts then \(body) end end,
              on_stop = function(self) print("stopping", self.id) self.http:get("/bye") end,
              task { "plain", function(self) \(body) print("not reached") end },
              group { "g", task { "inner", function(self) \(body) print("not reached") end } },
            }
            user "V" { task { "t", function(self) print(self.id, self.class, self.missing) end } }
            """)
        driver.users.create(slot: 0, userClass: 0, number: 7)
        return driver
    }

    static let wrappings = [
        "%", "pcall(function() % end)", "xpcall(function() % end, function() print('handled') end)", "coroutine.wrap(function() % end)()",
        "print(coroutine.resume(coroutine.create(function() pcall(function() % end) end)))",
        "local ok = pcall(pcall, pcall, function() % end)", "for i = 1, 3 do pcall(function() % end) end",
        "local t = { 1, 2 } pcall(table.sort, t, function() % end)",
    ]

    @Test(arguments: wrappings) func endsGoPastEveryPcall(wrapping: String) throws {
        func body(_ call: String) -> String { wrapping.replacing("%", with: call) }
        var driver = try grouped(body("stop_user()"))
        #expect(driver.run(.task(0)) == [.stopUser])
        #expect(driver.run(.stop) == [.request("GET /bye"), .end])
        #expect(driver.lines == ["stopping\t7"])
        driver = try grouped(body("stop_run('enough')"))
        #expect(driver.run(.task(1)) == [.stopRun("enough")])
        driver = try grouped(body("leave()"))
        #expect(driver.run(.task(1)) == [.leaveGroup])
        #expect(driver.lines == [])
        #expect(
            driver.run(.task(0)) == [
                .exception(
                    place: "test.lua:4", message: "leave() ends the group of a task, but here is none: use it in a task within a group")
            ])
    }

    @Test func closeVariablesAreClosedWhenAUserStops() throws {
        let driver = try grouped(
            "local x <close> = setmetatable({}, { __close = function() print('closed', pcall(sleep, 1)) end }) stop_user()")
        #expect(driver.run(.task(0)) == [.stopUser])
        #expect(
            driver.lines == [
                "closed\tfalse\tsleep cannot be used after a step has been broken off: call it directly in on_start or in a task"
            ])
    }

    @Test func usersKnowNumberAndClass() throws {
        let driver = try grouped("")
        driver.users.create(slot: 1, userClass: 1, number: 12)
        #expect(driver.run(slot: 1) == [.end])
        #expect(driver.lines == ["12\tV\tnil"])
    }

    @Test func figuresAreHandedOver() throws {
        let driver = try ScriptDriver.task(
            "timing('render', 0.25) counter('items') counter('bytes', -2.5) self.http:get('/') counter('later', 3)")
        #expect(driver.run() == [.request("GET /"), .end])
        #expect(
            driver.exchange.measurements == [
                .timing(name: "render", nanoseconds: 250_000_000), .counter(name: "items", amount: 1),
                .counter(name: "bytes", amount: -2.5),
                .counter(name: "later", amount: 3),
            ])
    }

    static let wrongFigures: [(String, String)] = [
        ("timing('', 1)", "the name of a timing must have 1 to 200 bytes, not 0"),
        ("timing(('x'):rep(201), 1)", "the name of a timing must have 1 to 200 bytes, not 201"),
        ("timing('x')", "timing needs a number of seconds, not no value"),
        ("timing('x', -1)", "timing needs a number of seconds from 0 to 1000000000, not -1"),
        ("counter('x', 0/0)", "counter needs a finite number as its amount, not NaN"),
        ("counter('a\\nb')", "the name of a counter holds a control character"),
        ("counter(1)", "counter needs a name as a text, not number: write counter(\"name\", amount)"),
        ("stop_run(5)", "stop_run needs its reason as a text, not number: write stop_run(\"reason\")"),
    ]

    @Test(arguments: wrongFigures) func wrongArgumentsAreExceptions(body: String, message: String) throws {
        let driver = try ScriptDriver.task(body)
        #expect(driver.run() == [.exception(place: "test.lua:2", message: message)])
        #expect(driver.exchange.measurements.isEmpty)
    }

    @Test func waitFunctionsSayHowLong() throws {
        let driver = try ScriptDriver(
            """
            user "U" { wait = function(self) counter("waits") self.n = (self.n or 0) + 0.5 return self.n end, task { "t", function() end } }
            user "Text" { wait = function(self) return "1" end, task { "t", function() end } }
            user "Request" { wait = function(self) self.http:get("/") end, task { "t", function() end } }
            user "Endless" { wait = function(self) while true do pcall(error) end end, task { "t", function() end } }
            user "Negative" { wait = function(self) return -1 end, task { "t", function() end } }
            user "Stop" { wait = function(self) stop_user() end, task { "t", function() end } }
            """)
        for slot in 0..<6 { driver.users.create(slot: slot, userClass: slot, number: slot) }
        #expect(driver.users.pause(slot: 0, exchange: driver.exchange) == 500_000_000)
        #expect(driver.users.pause(slot: 0, exchange: driver.exchange) == 1_000_000_000)
        #expect(driver.exchange.measurements.count == 2)
        let messages = [
            "the wait function must return a number of seconds from 0 to 1000000000, not string",
            "a request cannot be used in a wait function: call it directly in on_start or in a task",
            "computed for over 1 s without a request or sleep: other users cannot run meanwhile",
            "the wait function must return a number of seconds from 0 to 1000000000, not -1.0",
            "stop_user cannot be used in a wait function: call it directly in on_start or in a task",
        ]
        for slot in 1..<6 {
            #expect(driver.users.pause(slot: slot, exchange: driver.exchange) == nil)
            #expect(driver.exchange.exception?.message == messages[slot - 1])
            #expect(driver.exchange.exception?.place == "test.lua:\(slot + 1)")
        }
        #expect(driver.run(slot: 4) == [.end])
    }

    @Test func setupsValueIsJSON() throws {
        func run(_ body: String) throws -> (ScriptDriver.Event?, String) {
            let driver = try ScriptDriver("setup(function(self) \(body) end) user \"U\" { task { \"t\", function() end } }")
            driver.users.create(slot: 0, userClass: 0, number: -1)
            let last = driver.run(.setup).last
            return (last, String(decoding: driver.exchange.value, as: UTF8.self))
        }
        var (last, value) = try run("local r = self.http:get('/token') return { token = r.body, list = { 1, 2 } }")
        #expect(last == .end)
        #expect(value == #"{"list":[1,2],"token":""}"#)
        (last, value) = try run("")
        #expect(last == .end && value.isEmpty)
        (last, _) = try run("return print")
        #expect(last == .exception(place: "test.lua:1", message: "the value of setup cannot be shared: json cannot hold a function"))
        (last, _) = try run("return ('x'):rep(2e6)")
        #expect(
            last
                == .exception(
                    place: "test.lua:1",
                    message: "the value of setup cannot be shared: it has 2000002 bytes as JSON; at most 1048576 go to all workers"))
        (last, _) = try run("local x = 1\n stop_user()")
        #expect(last == .exception(place: "test.lua:2", message: "there is no user to stop in setup and teardown"))
    }

    @Test func setupsValueIsSharedByAllUsers() throws {
        let driver = try ScriptDriver.task("print(self.shared and self.shared.token, self.shared and #self.shared.list)")
        driver.run()
        driver.users.share(Array(#"{"token":"abc","list":[1,2]}"#.utf8))
        driver.run()
        driver.users.share([])
        driver.run()
        #expect(driver.lines == ["nil\tnil", "abc\t2", "nil\tnil"])
    }

    @Test func scriptWithoutOnStopAndTeardownEndsThemAtOnce() throws {
        let driver = try ScriptDriver.task("")
        #expect(driver.run(.stop) == [.end])
        #expect(driver.run(.setup) == [.end])
        #expect(driver.run(.teardown) == [.end])
    }
}
