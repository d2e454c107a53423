import LoadModel
import Testing

@testable import Scripting

/// Scripts that are to hurt: each ends in a clear report within about 2 s, and another user of the same Lua state goes on.
@Suite(.serialized) struct BadScriptTests {
    private static let tooLong = "computed for over 1 s without a request or sleep: other users cannot run meanwhile"

    static let endless = [
        "while true do end",
        "::again:: goto again",
        "for i = 1, math.huge do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() pcall(f) end while true do f() end",
        "local function f() while true do pcall(pcall, pcall, f) end end f()",
        "xpcall(function() while true do end end, function() while true do end end) while true do end",
        "xpcall(error, function() while true do end end)",
        "while true do xpcall(error, function() error('again') end) end",
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "local function f() return coroutine.wrap(f)() end while true do pcall(f) end",
        "while true do local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) coroutine.close(co) end",
        "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
        """
        local function f(n)
          local x <close> = setmetatable({}, { __close = function() while true do pcall(error) end end })
          if n > 0 then f(n - 1) end
          while true do end
        end
        f(150)
        """,
        """
        local co = coroutine.create(function()
          local x <close> = setmetatable({}, { __close = function() while true do end end })
          coroutine.yield()
        end)
        coroutine.resume(co)
        print(coroutine.close(co))
        """,
        """
        coroutine.wrap(function()
          local x <close> = setmetatable({}, { __close = function() coroutine.yield() while true do end end })
          while true do end
        end)()
        """,
        "local t = setmetatable({}, { __index = function(t, k) return pcall(function() return t[k + 1] end) end }) while true do local x = t[1] end",
        "print(setmetatable({}, { __tostring = function() while true do end end }))",
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
        "local m = { __eq = function() while true do end end } print(setmetatable({}, m) == setmetatable({}, m))",
        "local m = { __lt = function() while true do end end } table.sort { setmetatable({}, m), setmetatable({}, m) }",
        "table.sort({ 1, 2, 3 }, function() while true do end end)",
        "('x'):gsub('x', function() while true do end end)",
        "while true do pcall(string.rep, 'x', 1e9) end",
        "while true do pcall(string.find, ('a'):rep(30000), ('a*'):rep(20) .. 'b') end",
        "local s = ('x'):rep(6e7) while true do local t = s .. 'y' end",
        "local s = ('x'):rep(6e7) while true do local t = s:upper() end",
        "local s = (' '):rep(6e7) while true do tonumber(s) end",
        "local s = ('x'):rep(6e7) while true do utf8.len(s) end",
        "local t = {} for i = 1, 9e5 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
        "local s = ('x'):rep(6e7) local t = {} for i = 1, 2000 do t[i] = s end while true do table.sort(t) end",
        "local t = { 1 } for i = 1, 24 do t = { t, t } end while true do pcall(json.encode, t) end",
        "local t = {} for i = 1, 2 ^ 20 do t[-i] = true end for k in pairs(t) do t[k] = nil end while true do next(t) end",
    ]

    @Test(arguments: endless) func endlessStepEndsAndOthersGoOn(body: String) throws {
        let driver = try driver(body)
        let clock = ContinuousClock()
        var last: ScriptDriver.Event?
        let time = clock.measure { last = driver.run(.task(0), slot: 0).last }
        guard case .exception(let place, let message)? = last else {
            // What needs memory beside time may come to that limit first.
            guard case .breach? = last else { return #expect(Bool(false), "ended with \(String(describing: last))") }
            return
        }
        #expect(place.hasPrefix("test.lua:"))
        #expect(message == Self.tooLong)
        #expect(time < .seconds(10), "took \(time)")
        #expect(driver.run(.task(1), slot: 1) == [.request("GET /"), .end])
        #expect(driver.run(.task(1), slot: 0) == [.request("GET /"), .end])
    }

    /// Code on a table `t` that has one length when it is asked first (or third), and another when it is asked for the second time.
    private static func fickle(_ code: String) -> String {
        """
        local n = 0
        local t = setmetatable({}, { __len = function() n = n + 1 if n % 2 == 1 then return 1 end return 1 << 53 end,
          __call = function() n = 0 end })
        \(code) \(code)
        """
    }

    static let refused: [(String, String)] = [
        ("('x'):rep(1e9)", "string.rep would make a text of 1000000000 bytes; at most 67108864 are allowed"),
        ("('x'):rep(2 ^ 62, 'y')", "string.rep would make a text of 9223372036854775808 bytes; at most 67108864 are allowed"),
        (
            "('a'):rep(30000):find(('a*'):rep(20) .. 'b')",
            "the pattern takes too long on a text of 30000 bytes: avoid several *, + or - after one another, or cut the text"
        ),
        (
            "('x'):rep(100000):match('.-.-.-y')",
            "the pattern takes too long on a text of 100000 bytes: avoid several *, + or - after one another, or cut the text"
        ),
        ("('x'):rep(1e6):gsub('x', ('y'):rep(1e6))", "string.gsub would make a text of over 67108864 bytes"),
        ("string.pack('c1000000000', 'x')", "string.pack would make a text of 1000000000 bytes; at most 67108864 are allowed"),
        ("local t = {} for i = 1, 100 do t[i] = ('x'):rep(1e6) end table.concat(t)", "table.concat would make a text of"),
        ("table.concat(setmetatable({}, { __index = tostring }), '', 1, 2 ^ 50)", "table.concat would make a text of"),
        ("table.move({}, 1, 1e9, 2)", "table.move takes at most 1000000 items at a time"),
        ("table.insert(setmetatable({}, { __len = function() return 2 ^ 53 | 0 end }), 1, 1)", "table.insert takes at most 1000000 items"),
        ("table.sort(setmetatable({}, { __len = function() return 1 << 30 end }))", "table.sort takes at most 1000000 items at a time"),
        (fickle("table.insert(t, 1, 7)"), "table.insert takes at most 1000000 items"),
        (fickle("table.remove(t, 1)"), "table.remove takes at most 1000000 items"),
        (fickle("t() table.sort(t)"), "table.sort cannot sort a table with a __len of its own"),
        ("table.insert({}, 3, 1)", "bad argument #2 to 'insert' (position out of bounds)"),
        ("table.insert({})", "wrong number of arguments to 'insert'"),
        ("table.remove({}, 3)", "bad argument #2 to 'remove' (position out of bounds)"),
        ("local t = { 1 } for i = 1, 24 do t = { t, t } end json.encode(t)", "json.encode: json has more than 1000000 values"),
        ("table.unpack({}, 1, 1e7)", "too many results to unpack"),
        ("local function f() return 1 + f() end f()", "stack overflow"),
        ("local t = {} for i = 1, 100 do t = setmetatable({}, { __index = t }) end t.x.y = 1", "attempt to index a nil value (field 'x')"),
        ("local function f() return coroutine.wrap(f)() end f()", "C stack overflow"),
        ("local function f(s) return (s:gsub('x', f)) end f('x')", "C stack overflow"),
        ("error(('x'):rep(5e7))", "xxxxxxxx"),
        (
            """
            local list = {}
            for i = 1, 10000 do
              list[i] = coroutine.create(function()
                local x <close> = setmetatable({}, { __close = function() if list[i + 1] then assert(coroutine.close(list[i + 1])) end end })
                coroutine.yield()
              end)
              coroutine.resume(list[i])
            end
            assert(coroutine.close(list[1]))
            """, "coroutines close one another more than 20 deep"
        ),
    ]

    @Test(arguments: refused) func excessIsAnErrorAndOthersGoOn(body: String, message: String) throws {
        let driver = try driver(body)
        guard case .exception(_, let itsMessage)? = driver.run(.task(0), slot: 0).last else {
            Issue.record("no exception from \(body)")
            return
        }
        #expect(itsMessage.contains(message), "\(itsMessage.prefix(300))")
        #expect(itsMessage.utf8.count <= 4096)
        #expect(driver.run(.task(1), slot: 1) == [.request("GET /"), .end])
    }

    static let hungry = [
        "local t = {} for i = 1, math.huge do t['key' .. i] = i end",
        "local all = {} while true do all[#all + 1] = coroutine.create(print) end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end",
        "local s = 'x' local t = {} while true do pcall(function() t[#t + 1] = s s = s .. s .. #t end) s = s:sub(1, 3e7) end",
        "self.t = {} while true do self.t = { self.t, {}, {}, {} } end",
        """
        local t = {}
        while true do
          pcall(function()
            local x <close> = setmetatable({}, { __close = function() error("mine") end })
            while true do t[#t + 1] = ("x"):rep(1e5) .. #t end
          end)
        end
        """,
    ]

    @Test(arguments: hungry) func hungerEndsTheRunOrTheStep(body: String) throws {
        let source =
            "user \"U\" { task { \"bad\", function(self)\n\(body)\nend }, task { \"good\", function(self) self.http:get(\"/\") end } }"
        let driver = try ScriptDriver(Script(name: "test.lua", source: Array(source.utf8)), memoryLimitBytes: 64 << 20)
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        switch driver.run(.task(0), slot: 0).last {
        case .breach(let reason):
            // The line where it ran out, not that on which the task begins.
            let words = "the script needs more memory than the 64 MiB that it may have, at test.lua:"
            #expect(reason.hasPrefix(words) && !reason.hasPrefix(words + "1:"), "\(reason)")
        case .exception(_, let message): #expect(message == Self.tooLong)
        case let other: Issue.record("ended with \(String(describing: other))")
        }
        #expect(driver.users.usedBytes < 66 << 20)
    }

    @Test func longLinesAreCut() throws {
        let driver = try ScriptDriver.task("print(('x'):rep(1e6), 'y') print(('ä'):rep(4000)) print('short')")
        #expect(driver.run() == [.end])
        #expect(
            driver.lines.map(\.utf8.count) == [4096 + "... (995905 bytes more)".utf8.count, 4096 + "... (3904 bytes more)".utf8.count, 5])
    }

    @Test func endlessTopLevelIsRefused() throws {
        let script = try Script(name: "test.lua", source: Array("local x = 1\nwhile true do pcall(function() x = x + 1 end) end".utf8))
        do throws(ScriptError) {
            _ = try script.scenario()
            Issue.record("no error")
        } catch {
            #expect(error.message == "the top level computed for over 5 s: compute less there, or put ready values into the script")
            #expect(error.line == 2)
        }
    }

    @Test func closeVariablesOfAStoppedStepAreClosed() throws {
        let driver = try driver(
            """
            local x <close> = setmetatable({}, { __close = function() print("closed", pcall(error, "x")) end })
            pcall(function()
              local y <close> = setmetatable({}, { __close = function() print("inner closed") end })
              while true do end
            end)
            print("never")
            """)
        guard case .exception(let place, _)? = driver.run(.task(0), slot: 0).last else {
            Issue.record("no exception")
            return
        }
        #expect(place == "test.lua:5")
        #expect(driver.lines == ["inner closed", "closed\tfalse\tx"])
    }

    @Test func abandonedStepWithAnEndlessCloseVariableIsBrokenOff() throws {
        let driver = try driver(
            "local x <close> = setmetatable({}, { __close = function() while true do end end }) self.http:get('/') self.http:get('/2')")
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        driver.users.abandon(slot: 0)
        driver.exchange.request.reset()
        #expect(driver.run(.task(1), slot: 0) == [.request("GET /"), .end])
    }

    @Test func timeBetweenRequestsCountsAnew() throws {
        let driver = try driver("for i = 1, 4 do local x = 0 for k = 1, 4e6 do x = x + k end sleep(0) end")
        #expect(driver.run(.task(0), slot: 0).last == .end)
    }

    @Test func tablesAreChangedAsByLua() throws {
        let driver = try driver(
            """
            local t = { 1, 2 }
            table.insert(t, 3) table.insert(t, 1, 0) table.insert(t, 5, 4)
            print(table.concat(t, " "), table.remove(t), table.remove(t, 1), table.remove(t, 4), table.concat(t, " "))
            print(table.remove({}), table.remove({}, 0), #t)
            local long = {} for i = 1, 9 do long[i] = ("x"):rep(2000) .. 9 - i end
            table.sort(long) print(long[1]:sub(-1), long[9]:sub(-1))
            """)
        #expect(driver.run(.task(0), slot: 0) == [.end])
        #expect(driver.lines == ["0 1 2 3 4\t4\t0\tnil\t1 2 3", "nil\tnil\t3", "0\t8"])
    }

    /// A state with a bad task and a good one, and two users.
    private func driver(_ body: String) throws -> ScriptDriver {
        let driver = try ScriptDriver(
            "user \"U\" { task { \"bad\", function(self)\n\(body)\nend }, task { \"good\", function(self) self.http:get(\"/\") end } }")
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        return driver
    }
}
