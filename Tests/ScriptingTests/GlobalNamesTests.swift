import Testing

@testable import Scripting

struct GlobalNamesTests {
    private func names(_ text: String) throws -> ScriptNames { try Script(name: "s.lua", source: Array(text.utf8)).names() }

    /// Problems as they are printed, each in one line.
    private func problems(_ text: String) throws -> [String] {
        try names(text).problems.map { "\($0)".replacing("\n    ", with: " | ") }
    }

    @Test func misspeltFunctionsAreFoundWhereTheyStand() throws {
        let found = try problems(
            """
            user "U" { task { "t", function(self)
              local r = self.http:get("/")
              chekc(r, "is fine", true)
              if r.ok then slep(1) end
            end } }
            """)
        #expect(
            found == [
                "s.lua:3:3: there is no 'chekc': the script does not set it, and the language does not have it | did you mean 'check'?",
                "s.lua:4:16: there is no 'slep': the script does not set it, and the language does not have it | did you mean 'sleep'?",
            ])
    }

    @Test func unknownFieldsOfLibrariesAreFound() throws {
        let found = try problems("local a = string.fromat('x')\nlocal b = math.flor(1)\nlocal s = string; local c = s.anything")
        #expect(found.count == 3 && found[2].hasPrefix("s.lua:3:31: there is no 'string.anything' | there are: byte, char, "), "\(found)")
        #expect(
            found.prefix(2) == [
                "s.lua:1:18: there is no 'string.fromat' | did you mean 'format'?",
                "s.lua:2:16: there is no 'math.flor' | did you mean 'floor'?",
            ])
    }

    @Test func unknownMethodsOfRequestsAreFound() throws {
        let found = try problems("local function step(self) self.http:pots('/x') end\nlocal function other(x) x.http:anything() end")
        #expect(found == ["s.lua:1:37: there is no 'self.http:pots' | did you mean 'post'?"])
    }

    @Test func whatTheScriptSetsItselfIsKnown() throws {
        #expect(try problems("function helper() return later end\nlater = helper()\nlater.field = 1\nlocal x = later.other").isEmpty)
        #expect(try problems("string = { mine = 1 } local a = string.mine").isEmpty)
        #expect(try problems("local mine = {} local lib = mine or string local a = lib.anything").isEmpty)
        #expect(try problems("local a, b = pcall(string) local c = b.anything").isEmpty)
        #expect(try problems("for name in pairs({}) do _G[name] = 1 end local a = anything").isEmpty)
        #expect(try problems("local _ENV = { x = 1 } local a = x").isEmpty)
    }

    /// Names beyond the first 256 constants are read in another way.
    @Test func longFunctionsAreUnderstoodToo() throws {
        let filler = (0..<400).map { "x\($0) = 'text \($0)'" }.joined(separator: "\n")
        #expect(try problems(filler + "\nfinal = function() end\nfinal()\nlocal z = x399").isEmpty)
        let found = try problems(filler + "\nlocal y = missing_thing\nlocal z = string.fromat('x')")
        #expect(found.count == 2 && found[0].hasPrefix("s.lua:401:11: there is no 'missing_thing'"), "\(found)")
        #expect(found.last?.hasPrefix("s.lua:402:18: there is no 'string.fromat'") == true, "\(found)")
    }

    @Test func linesAreRightBehindLongGaps() throws {
        let found = try problems("local a = 1\n" + String(repeating: "\n", count: 5000) + "local b = nowhere")
        #expect(found.first?.hasPrefix("s.lua:5002:11: ") == true, "\(found)")
    }

    @Test func eachUseOfALineIsToldOnce() throws {
        #expect(try problems("local a = { gone, gone, gone }\nlocal b = gone").count == 2)
    }

    @Test func variablesOfTheEnvironmentAreNamed() throws {
        let found = try names(#"local a = env("TOKEN") local b, c = env("KEY", ""), env("TOKEN") local d = env(a)"#)
        #expect(found.environment == ["TOKEN", "KEY"])
    }

    @Test func whatDoesNotCompileIsASyntaxError() {
        let error = #expect(throws: ScriptError.self) { try names("user \"U\" {") }
        #expect(error?.code == .syntax)
    }

    @Test func damagedBytesAreNoFunction() {
        #expect(CompiledFunction([]) == nil)
        #expect(CompiledFunction(Array(repeating: 0x1B, count: 1000)) == nil)
    }
}
