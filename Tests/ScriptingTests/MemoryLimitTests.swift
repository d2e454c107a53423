import LoadModel
import Testing

@testable import Scripting

struct MemoryLimitTests {
    @Test(arguments: ["", "pcall(", "coroutine.wrap("]) func greedyTaskIsABreachThatNoPcallSwallows(catching: String) throws {
        let close = catching.isEmpty ? "" : catching == "pcall(" ? ")" : ")()"
        let source = """
            local function grow() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end
            user "U" {
              task { "greedy", function() \(catching.isEmpty ? "grow()" : "\(catching)grow\(close)") end },
              task { "modest", function(self) self.http:get("/") end },
            }
            """
        let driver = try ScriptDriver(Script(name: "test.lua", source: Array(source.utf8)), memoryLimitBytes: 4 << 20)
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        let breach = ScriptDriver.Event.breach(
            "the script needs more memory than the 4 MiB that it may have, at test.lua:1: keep less in self and in global variables")
        #expect(driver.run(.task(0), slot: 0) == [breach])
        // The state is not entered again, whatever is asked of it.
        #expect(driver.run(.task(1), slot: 1) == [breach])
        driver.users.abandon(slot: 0)
        driver.users.destroy(slot: 0)
        driver.users.create(slot: 0, userClass: 0, number: 2)
        #expect(driver.run(.task(1), slot: 0) == [breach])
        #expect(!driver.users.tidy())
        #expect(driver.users.usedBytes <= 5 << 20)
    }

    @Test func greedyTopLevelIsToldWithItsLine() throws {
        let script = try Script(
            name: "test.lua", source: Array("local t = {}\nwhile true do\n  t[#t + 1] = ('x'):rep(1000) .. #t\nend\n".utf8))
        do {
            _ = try ScriptDriver(script, memoryLimitBytes: 4 << 20)
            Issue.record("no error")
        } catch let error as ScriptError {
            #expect(error.code == .memory && error.line == 3, "\(error)")
        }
    }

    /// Lets memory run out at every place where the bridge asks for some.
    @Test func everyFailingAllocationIsABreachAndNoCrash() throws {
        let source = """
            user "U" { on_start = function(self) self.id = uuid() end,
              task { "t", function(self)
                local r = self.http:post("/", { json = { a = { 1, 2 } }, headers = { A = "b" }, query = { q = self.id } })
                check(r, "c", r.headers["A"])
                local s = self.http:get("/2")
                sleep(1)
                self.all = (self.all or "") .. r.body .. s.body
              end } }
            """
        let script = try Script(name: "test.lua", source: Array(source.utf8))
        var refused = 0
        var breaches = 0
        var whole = 0
        for limit in stride(from: 0, to: 120_000, by: 53) {
            guard let driver = try? ScriptDriver(script, memoryLimitBytes: limit) else {
                refused += 1
                continue
            }
            driver.answer = { _ in .init(body: "body", headers: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n") }
            for slot in 0..<3 {
                driver.users.create(slot: slot, userClass: 0, number: slot)
                for step in [.start, .task(0), .task(0)] as [UserStep] {
                    if case .breach = driver.run(step, slot: slot).last { breaches += 1 } else { whole += 1 }
                }
            }
            for slot in 0..<3 { driver.users.destroy(slot: slot) }
        }
        #expect(refused > 100)
        #expect(breaches > 10)
        #expect(whole > 1000)
    }
}
