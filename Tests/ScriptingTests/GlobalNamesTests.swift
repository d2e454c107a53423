import Foundation
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

    @Test func stepsAreKnownWhateverTheirUserIsCalled() throws {
        let found = try problems(
            """
            user "U" { on_start = function(me) me.http:gte("/") end, task { "t", function(u)
              for i = 1, 3 do if u.x then u.y = 1 end u.http:pots("/") end
              u.htpp:get("/")
            end } }
            setup(function(s) s.http:puut("/") end)
            """)
        #expect(
            found.map { $0.prefix { $0 != "|" } } == [
                "s.lua:1:44: there is no 'self.http:gte' ", "s.lua:2:50: there is no 'self.http:pots' ",
                "s.lua:3:5: there is no 'self.htpp' ",
                "s.lua:5:26: there is no 'self.http:puut' ",
            ], "\(found)")
    }

    @Test func unknownFieldsOfResponsesOptionsAndDataAreFound() throws {
        let found = try problems(
            """
            local rows = data "a.csv"
            user "U" { task { "t", function(self)
              local r = self.http:get("/", { nmae = "x", query = { nmae = 1 } })
              if r.ok then self.n = 1 elseif r.status == 3 then return end
              print(r.stauts, r:jsn(), r.body)
              rows:rwo(self)
              self.http:request("GET", "/", { timout = 1 })
              local options = { name = "x" }
              options.expects = 200
              self.http:post("/", options)
            end } }
            """)
        #expect(
            found.map { $0.prefix { $0 != "|" } } == [
                "s.lua:3:34: there is no option 'nmae' ", "s.lua:5:11: a response has no field 'stauts' ",
                "s.lua:5:21: a response has no field 'jsn' ",
                "s.lua:6:8: a data source has no 'rwo' ", "s.lua:7:35: there is no option 'timout' ",
                "s.lua:9:11: there is no option 'expects' ",
            ], "\(found)")
        #expect(found.first?.hasSuffix("did you mean 'name'?") == true)
    }

    @Test func methodsAndOptionsOfBatchesAreFound() throws {
        let found = try problems(
            """
            user "U" { task { "t", function(self)
              self.http:request("GTE", "/")
              self.http:batch { { "get", "/" }, { "PSOT", "/", { jsn = 1 } } }
              self.http:batch {
                { "POST", "/", { json = { nmae = 1 } } },
                { "GET", "/", {
                  tmieout = 1,
                } },
              }
            end } }
            """)
        #expect(
            found == [
                "s.lua:2:22: there is no method 'GTE' | did you mean 'GET'?",
                "s.lua:3:40: there is no method 'PSOT' | did you mean 'POST'?",
                "s.lua:3:54: there is no option 'jsn' | did you mean 'json'?",
                "s.lua:7:7: there is no option 'tmieout' | did you mean 'timeout'?",
            ], "\(found)")
    }

    @Test func whatBelongsToTheTopLevelIsFoundInSteps() throws {
        let found = try problems(
            """
            local known = env("KNOWN")
            user "U" { task { "t", function(self)
              local a, b = env("KNOWN"), env("LATE")
              local c = file("x.pem")
            end } }
            local function helper() return env("HELPER"), file("y") end
            """)
        #expect(found.count == 2 && found[0].hasPrefix("s.lua:3:") && found[0].contains("env(\"LATE\")"), "\(found)")
        #expect(found.last?.hasPrefix("s.lua:4:13: 'file' cannot be used in a task") == true, "\(found)")
    }

    @Test func whatIsNotCertainIsNotTold() throws {
        for text in [
            "local function f(self, r) r = r or self.http:get('/') return r.anything end",
            "local function f(self) local r = self.http:get('/') if x1 then r = {} end return r.anything end x1 = 1",
            "local function f(self) local r for i = 1, 2 do if r then print(r.anything) end r = i end r = self.http:get('/') end",
            "local function f(self) local r = self.http:get('/') while r do print(r.anything) r = nil end end",
            "local function f(self) self = { http = {} } self.http:anything() end",
            "local function f(self) local rs = self.http:batch { { 'GET', '/' } } return rs.anything, rs[1].anything end",
            "local function f(self) local o = { nmae = 1 } return o end", "local t = { start = function(me) me.http:anything() end }",
            "local function f(self) local i = { 'GTE', '/' } i[1] = 'GET' self.http:batch { i } end",
            "local function f(self) local i = { 'GTE', '/' } table.remove(i, 1) self.http:batch { i } end",
            "local function f(self) self.htpp = {} return self.htpp end",
            "local function f(self) local ok, r = pcall(self.http.get, self.http, '/') return r.anything end",
        ] { #expect(try problems(text).isEmpty, "\(text)") }
    }

    @Test func examplesAndTheirLanguageHaveNoProblems() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).filter {
            $0.pathExtension == "lua"
        }
        #expect(files.count > 10)
        for file in files {
            let found = try problems(String(contentsOf: file, encoding: .utf8))
            #expect(found.isEmpty, "\(file.lastPathComponent): \(found)")
        }
        // Examples of the documentation define only some of what they use.
        let page = try String(contentsOf: folder.appendingPathComponent("../docs/scripting.md"), encoding: .utf8)
        for part in page.components(separatedBy: "```lua\n").dropFirst() {
            let example = part.components(separatedBy: "```")[0]
            guard let found = try? problems("local self, r\n" + example) else { continue }
            #expect(found.allSatisfy { $0.contains("the script does not set it") }, "\(example): \(found)")
        }
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
