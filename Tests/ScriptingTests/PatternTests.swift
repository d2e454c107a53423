import CLua
import Testing

@testable import Scripting

struct PatternTests {
    /// Makes random patterns, texts and replacements from a seed and answers with all results and errors as one text.
    private static let code = #"""
        local find, match, gmatch, gsub, format = string.find, string.match, string.gmatch, string.gsub, string.format
        local pieces = { "a", "b", "c", ".", "%a", "%d", "%w", "%s", "%%", "[ab]", "[^a]", "[a-c]", "[%a_]", "[]]", "[^]]", "(", ")", "()", "(a", "b)",
          "*", "+", "-", "?", "^", "$", "%1", "%2", "%b()", "%bab", "%f[%w]", "%f[^a]", "\0", "%", "[", "]", "\xe9", "%z", "%g", "%p", "%l", "%u", "%x",
          "%c", "%A", "%D", "%W", "%S", "%G", "%P", "[%]]", "[a-]", "[-a]", "[^%d-c]", "[a%", "%0", "%9", "%f", "%b", "%ba", ".*", ".-", "a*", "(.)", "(.-)",
          "[[:]", "[a-%%]", "x?", "%.", "%(" }
        local letters = { "a", "b", "c", "a", "b", "(", ")", " ", "1", "_", "\0", "\xe9", "]", "%", "-", "A" }
        local replacements = { "x", "", "%0", "%1%2", "%%", "%", "%9", "<%1>", "%a", 7, 1.5, { a = "y", b = false, c = {} }, { },
          function(a, b) return b or a end, function() end, function() return {} end, true }
        local state
        local function random(n)
          state = (state * 1103515245 + 12345) & 0x7fffffff
          return (state >> 8) % n + 1
        end
        local function text(from, most)
          local parts = {}
          for i = 1, random(most + 1) - 1 do parts[i] = from[random(#from)] end
          return table.concat(parts)
        end
        local function shown(...)
          local parts = {}
          for i = 1, select("#", ...) do
            local value = select(i, ...)
            parts[i] = type(value) == "string" and format("%q", value) or tostring(value)
          end
          return table.concat(parts, ",")
        end
        function batch(seed, count)
          state = seed
          local lines = {}
          for i = 1, count do
            local subject, pattern = text(letters, 24), text(pieces, 7)
            local kind = random(5)
            local start = random(3) == 1 and random(40) - 12 or nil
            local line
            if kind == 1 then
              line = shown(pcall(find, subject, pattern, start, random(8) == 1))
            elseif kind == 2 then
              line = shown(pcall(match, subject, pattern, start))
            elseif kind == 3 then
              local found = {}
              local ok, message = pcall(function()
                for a, b in gmatch(subject, pattern, start) do found[#found + 1] = shown(a, b) end
              end)
              line = shown(ok, message) .. table.concat(found, ";")
            else
              line = shown(pcall(gsub, subject, pattern, replacements[random(#replacements)], random(4) == 1 and random(6) - 2 or nil))
            end
            lines[i] = format("%q %q %s: ", subject, pattern, start) .. line
          end
          return table.concat(lines, "\n")
        end
        """#

    /// What Lua's own functions answer.
    private final class PlainState {
        private let stack = luaL_newstate()

        init() throws {
            luaL_openlibs(stack)
            try #require(luaL_loadbufferx(stack, PatternTests.code, PatternTests.code.utf8.count, "@test.lua", "t") == LUA_OK)
            try #require(lua_pcallk(stack, 0, 0, 0, 0, nil) == LUA_OK)
        }

        deinit { lua_close(stack) }

        func batch(seed: Int, count: Int) throws -> String {
            lua_getglobal(stack, "batch")
            lua_pushinteger(stack, lua_Integer(seed))
            lua_pushinteger(stack, lua_Integer(count))
            try #require(lua_pcallk(stack, 2, 1, 0, 0, nil) == LUA_OK)
            defer { lua_settop(stack, -2) }
            var length = 0
            let start = lua_tolstring(stack, -1, &length)
            return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
        }
    }

    @Test func ourFunctionsAnswerAsLuasOwn() throws {
        let plain = try PlainState()
        let driver = try ScriptDriver(
            Self.code
                + "\nuser 'U' { task { 't', function(self) for i = 1, 500 do self.http:post('/', { body = batch(i, 200) }) end end } }")
        driver.users.create(slot: 0, userClass: 0, number: 0)
        var batches = 0
        var differences: [String] = []
        var errors = 0
        driver.answer = { request in
            batches += 1
            guard let expected = try? plain.batch(seed: batches, count: 200) else { return .init() }
            errors += expected.ranges(of: ": false,").count
            if request.body != expected {
                let pairs = zip(request.body.split(separator: "\n"), expected.split(separator: "\n"))
                differences += pairs.filter { $0 != $1 }.map { "ours \($0)\nLua's \($1)" }
            }
            return .init()
        }
        #expect(driver.run().last == .end)
        #expect(batches == 500)
        #expect(differences.isEmpty, "\(differences.prefix(5).joined(separator: "\n\n"))")
        // Both kinds of cases are there.
        #expect(errors > 10_000 && errors < 90_000)
    }

    @Test func linearPatternsMayBeLong() throws {
        let driver = try ScriptDriver.task(
            """
            local s = ("x"):rep(2e5)
            print(#(s:gsub("x", "yy")), s:find("y"), s:find("[yz]"), s:match("^(x*)$") == s, select(2, s:gsub(".", { x = "z" })))
            """)
        #expect(driver.run() == [.end])
        #expect(driver.lines == ["400000\tnil\tnil\ttrue\t200000"])
    }
}
