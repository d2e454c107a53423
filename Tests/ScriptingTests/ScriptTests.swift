import LoadModel
import Testing

@testable import Scripting

struct ScriptTests {
    private func error(_ source: [UInt8], name: String = "test.lua") -> String {
        do throws(ScriptError) {
            _ = try Script(name: name, source: source).scenario()
            return "no error"
        } catch {
            return error.description
        }
    }

    private static let good = #"user "U" { task { "t", function() end } }"#

    @Test func declarationsBecomeAScenario() throws {
        let source = """
            local shared = task { "both", function() end }
            user "A" {
              wait = between(0.5, 2), weight = 3, host = "https://example.org/base", connections = "shared",
              on_start = function(self) end,
              task { "first", weight = 2.5, function(self) end },
              shared,
            }
            user "B" { wait = constant(1), shared }
            """
        let scenario = try Script(name: "folder/s.lua", source: Array(source.utf8)).scenario()
        let both = ScenarioTask(name: "both", line: 1)
        var first = UserClass(
            name: "A", weight: 3, host: "https://example.org/base", wait: .between(nanoseconds: 500_000_000...2_000_000_000),
            hasOnStart: true, connections: .shared, tasks: [ScenarioTask(name: "first", weight: 2.5, line: 5), both])
        first.onStartLine = 4
        let second = UserClass(name: "B", wait: .constant(nanoseconds: 1_000_000_000), tasks: [both])
        #expect(scenario == Scenario(scriptName: "s.lua", userClasses: [first, second]))
    }

    static let wrappings: [[UInt8]] = [
        [0xEF, 0xBB, 0xBF] + Array(good.utf8), Array("#!/usr/bin/env cicada\n\(good)".utf8), Array("-- x\r\n\(good)\r\n".utf8),
        [0xEF, 0xBB, 0xBF] + Array("#!/x\r\n\(good)".utf8), Array(good.utf8) + [10, 10],
    ]

    @Test(arguments: wrappings) func dressOfTheFileDoesNotMatter(source: [UInt8]) throws {
        #expect(try Script(name: "x", source: source).scenario().userClasses.map(\.name) == ["U"])
    }

    @Test func linesCountInEveryDress() {
        for prefix in ["\n\n", "\r\n\r\n", "\r\r", "#!x\n\n", "\u{FEFF}\n\n", "\u{FEFF}#!/x\r\n\r\n"] {
            #expect(error(Array((prefix + "  x = = 1").utf8)).hasPrefix("test.lua:3:7: unexpected symbol near '='"))
        }
    }

    static let unreadable: [([UInt8], String)] = [
        ([0x1B, 0x4C, 0x75, 0x61], "test.lua: this is a compiled script\n    give the script's source text"),
        (
            Array("x = 1\ny = '\0'".utf8),
            "test.lua:2:1: the script holds a NUL byte\n    save it as plain UTF-8 text; in a Lua string write \\0"
        ),
        ([0xFF, 0xFE, 0x75, 0], "test.lua: the script is UTF-16 text\n    save it as UTF-8"),
        ([], "test.lua: the script declares no user class\n    write user \"Name\" { task { \"name\", function(self) ... end } }"),
    ]

    @Test(arguments: unreadable) func whatIsNoScriptIsRefused(source: [UInt8], message: String) {
        #expect(error(source) == message)
    }

    static let broken: [(String, String)] = [
        ("x = = 1", "test.lua:1:5: unexpected symbol near '='\n    look at = and what stands before it"),
        ("local a = a b = 1 a b c", "test.lua:1:21: syntax error near 'b'\n    look at b and what stands before it"),
        (
            "user 'U' {\n  wait = constant(1)\n  weight = 1 }",
            "test.lua:3:3: '}' expected (to close '{' at line 1) near 'weight'\n    is a comma missing before this?"
        ),
        (
            "\n  if x then\n",
            "test.lua:3:1: 'end' expected (to close 'if' at line 2) near <eof>\n    the script ends too early: look for a missing 'end', '}', ')' or quote"
        ),
        (
            "x = 'open\ny = 1",
            "test.lua:1:5: unfinished string near ''open'\n    end the text on the same line with the quote that began it"
        ),
        (
            "x = [[open\n",
            "test.lua:2:1: unfinished long string (starting at line 1) near <eof>\n    the script ends too early: look for a missing 'end', '}', ')' or quote"
        ),
        (
            "größe = 1",
            "test.lua:1:3: syntax error near '<\\195>'\n    outside of texts only ASCII is understood: letters, digits and _ in names"
        ),
        ("goto nowhere", "test.lua:1:6: no visible label 'nowhere' for <goto> at line 1\n    correct the line and try again"),
        ("x = 5 5", "test.lua:1:7: unexpected symbol near '5'\n    look at 5 and what stands before it"),
        ("for i = 1 do end", "test.lua:1:11: ',' expected near 'do'\n    look at do and what stands before it"),
        ("local x <const> = 1\nx = 2", "test.lua:2:1: attempt to assign to const variable 'x'\n    correct the line and try again"),
        ("x = '\\q'", "test.lua:1:5: invalid escape sequence near ''\\q'\n    write \\\\ for a backslash"),
        ("usr 'U' {}", "test.lua:1:1: attempt to call a nil value (global 'usr')\n    did you mean 'user'?"),
        ("\n  user.x()", "test.lua:2:3: attempt to index a function value (global 'user')"),
        ("local t = {}\n  t.a.b = 1", "test.lua:2:5: attempt to index a nil value (field 'a')"),
        ("  string.rep()", "test.lua:1:10: bad argument #1 to 'rep' (string expected, got no value)"),
        ("print(1) local x = json.decode('')", "test.lua:1: this is not JSON: line 1, column 1: unexpected token near end of file"),
        ("error('\\27[31m\\u{202e}red')", "test.lua:1:  [31m red"),
        ("error(tostring({}) .. tostring(print) .. string.format('%5.3s|%s', {}, print))", "test.lua:1: tablefunction  tab|function"),
        (
            "string.format('%d %p', 1, {})",
            "test.lua:1:8: string.format cannot write %p while the script is being loaded: addresses differ from worker to worker"
        ),
        ("error('mine')", "test.lua:1: mine"),
        ("error('mine', 0)", "test.lua:1: mine"),
        ("\n error({})", "test.lua:2: the error value is a table, not a text: give error() a text"),
        ("local function f() error('deep') end\nf()", "test.lua:1: deep"),
        (
            "  uuid()",
            "test.lua:1:3: uuid cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task"
        ),
        (
            "timestamp()",
            "test.lua:1:1: timestamp cannot be used while the script is being loaded, since every worker loads it: call it in on_start or in a task"
        ),
        (
            "sleep(1)",
            "test.lua:1:1: sleep cannot be used while the script is being loaded, since every worker loads it: call it directly in on_start or in a task"
        ),
        ("check(1, 'x', true)", "test.lua:1:1: check needs a response first, not number: write check(r, \"what holds\", condition)"),
        ("constant('1')", "test.lua:1:1: constant needs a number of seconds, not string"),
        ("constant(-1)", "test.lua:1:1: constant needs a number of seconds from 0 to 1000000000, not -1"),
        ("constant(0/0)", "test.lua:1:1: constant needs a number of seconds from 0 to 1000000000, not NaN"),
        ("constant(1e10)", "test.lua:1:1: constant needs a number of seconds from 0 to 1000000000, not 10000000000.0"),
        ("constant()", "test.lua:1:1: constant takes one number of seconds: write constant(1.5)"),
        ("between(1)", "test.lua:1:1: between takes two numbers of seconds: write between(1, 5)"),
        ("between(5, 1)", "test.lua:1:1: between needs the smaller number first: write between(1.0, 5.0)"),
        ("between(1, {})", "test.lua:1:1: between needs a number of seconds, not table"),
        ("user(1)", "test.lua:1:1: user needs a name as a text, not number: write user \"Name\" { ... }"),
        ("user()", "test.lua:1:1: user needs a name as a text, not no value: write user \"Name\" { ... }"),
        ("user('U', {})", "test.lua:1:1: user takes only a name, then a table: write user \"U\" { ... }"),
        ("user 'U' 'x'", "test.lua:1:1: user \"U\" must be followed by a table, not string: write user \"U\" { ... }"),
        ("local u = user 'U'\nu { task { 't', print } }\nu {}", "test.lua:3: user \"U\" is already declared: remove one of its tables"),
        ("task 'x'", "test.lua:1:1: task needs one table, not string: write task { \"name\", function(self) ... end }"),
    ]

    static let declarations: [(String, String)] = [
        ("\n\nuser 'U'", "test.lua:3:1: user \"U\" has no table\n    write user \"U\" { ... } with at least one task in the braces"),
        ("user '' {}", "test.lua:1:1: the name of a user class is empty\n    give the class a short name: user \"Name\" { ... }"),
        (
            "user 'U' {}",
            "test.lua:1:1: user \"U\" has no task\n    put at least one into its braces: task { \"name\", function(self) ... end }"
        ),
        (
            "  user 'U' { wait = constant(1) }",
            "test.lua:1:3: user \"U\" has no task\n    put at least one into its braces: task { \"name\", function(self) ... end }"
        ),
        (
            "user 'A' { task { 't', print } }\n user 'A' { task { 't', print } }",
            "test.lua:2:2: there are two user classes named \"A\"; the first is on line 1\n    give one of them another name"
        ),
        ("user 'U' { wiat = constant(1), task { 't', print } }", "test.lua:1:12: user \"U\" has no field 'wiat'\n    did you mean 'wait'?"),
        (
            "user 'U' {\n  task { 't', print },\n  zzz = 1 }",
            "test.lua:3:3: user \"U\" has no field 'zzz'\n    there are: wait, on_start, on_stop, host, weight, fixed_count, connections, proxy, certificate, timeout, redirects, headers, auth"
        ),
        (
            "user 'U' {\n  wait = 1, task { 't', print } }",
            "test.lua:2:3: wait of user \"U\" must be a wait, not the number 1\n    write wait = constant(1) or wait = between(1, 5), in seconds"
        ),
        (
            "user 'U' { weight = 0, task { 't', print } }",
            "test.lua:1:12: weight of user \"U\" must be a number above 0, not 0\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { weight = -2, task { 't', print } }",
            "test.lua:1:12: weight of user \"U\" must be a number above 0, not -2\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { weight = 0/0, task { 't', print } }",
            "test.lua:1:12: weight of user \"U\" must be a number above 0, not NaN\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { weight = 1/0, task { 't', print } }",
            "test.lua:1:12: weight of user \"U\" must be a number above 0, not inf\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { weight = 'x', task { 't', print } }",
            "test.lua:1:12: weight of user \"U\" must be a number above 0, not the text \"x\"\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { host = 1, task { 't', print } }",
            "test.lua:1:12: host of user \"U\" must be a text, not the number 1\n    write host = \"http://name:port\" or host = \"https://name\""
        ),
        (
            "user 'U' { host = 'example.org', task { 't', print } }",
            "test.lua:1:12: host of user \"U\" is no base URL: \"example.org\"\n    write host = \"http://name:port\" or host = \"https://name\""
        ),
        (
            "user 'U' { host = 'http://', task { 't', print } }",
            "test.lua:1:12: host of user \"U\" is no base URL: \"http://\"\n    write host = \"http://name:port\" or host = \"https://name\""
        ),
        (
            "user 'U' { connections = 'share', task { 't', print } }",
            "test.lua:1:12: connections of user \"U\" cannot be \"share\"\n    did you mean 'shared'?"
        ),
        (
            "user 'U' { connections = true, task { 't', print } }",
            "test.lua:1:12: connections of user \"U\" must be a text, not true\n    there are: user, shared, new"
        ),
        (
            "user 'U' { on_start = 1, task { 't', print } }",
            "test.lua:1:12: on_start of user \"U\" must be a function, not the number 1\n    write on_start = function(self) ... end"
        ),
        (
            "user 'U' { function() end }",
            "test.lua:1:1: item 1 of user \"U\" is a function, not a task\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { { 't', print } }",
            "test.lua:1:1: item 1 of user \"U\" is a table, not a task\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { task { 't', print }, 5 }",
            "test.lua:1:1: item 2 of user \"U\" is the number 5, not a task\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { nil, task { 't', print } }",
            "test.lua:1:1: item 1 of user \"U\" is nil, not a task\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { [7] = 1, task { 't', print } }",
            "test.lua:1:1: user \"U\" has something under the key the number 7\n    items stand one after another, without a nil between them"
        ),
        (
            "user 'U' { task {} }",
            "test.lua:1:1: a task of user \"U\" needs a name as its first item, not nil\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { task { print } }",
            "test.lua:1:1: a task of user \"U\" needs a name as its first item, not a function\n    write task { \"name\", function(self) ... end }"
        ),
        (
            "user 'U' { task { '', print } }",
            "test.lua:1:1: the name of a task of user \"U\" is empty\n    give the task a short name: task { \"name\", ... }"
        ),
        (
            "user 'U' { task { 'a\\nb', print } }",
            "test.lua:1:1: the name of a task of user \"U\" holds a control character\n    give the task a short name: task { \"name\", ... }"
        ),
        (
            "user 'U' {\n  task { 't' } }",
            "test.lua:2:3: task \"t\" of user \"U\" needs a function as its second item, not nil\n    write task { \"t\", function(self) ... end }"
        ),
        (
            "user 'U' { task { 't', 5 } }",
            "test.lua:1:1: task \"t\" of user \"U\" needs a function as its second item, not the number 5\n    write task { \"t\", function(self) ... end }"
        ),
        (
            "user 'U' { task { 't', print, print } }",
            "test.lua:1:1: task \"t\" of user \"U\" has 3 items instead of a name and a function\n    remove what follows the function's end"
        ),
        (
            "user 'U' {\n  weight = 1,\n  task { 't', weight = 0, print } }",
            "test.lua:3:15: weight of task \"t\" of user \"U\" must be a number above 0, not 0\n    write weight = 1, or a larger or smaller share"
        ),
        (
            "user 'U' { task { 't', wieght = 1, print } }",
            "test.lua:1:24: task \"t\" of user \"U\" has no field 'wieght'\n    did you mean 'weight'?"
        ),
        (
            "user 'U' { task { 't', wait = constant(1), print } }",
            "test.lua:1:24: task \"t\" of user \"U\" has no field 'wait'\n    there are: weight, tags"
        ),
    ]

    @Test(arguments: broken + declarations) func everyMistakeHasPlaceMessageAndRemedy(source: String, message: String) {
        #expect(error(Array(source.utf8)) == message)
    }

    @Test(arguments: [("/nowhere/x.lua", "No such file or directory"), ("/", "Is a directory")])
    func fileThatCannotBeReadIsNamed(path: String, reason: String) {
        #expect(throws: ScriptError.self) { try Script.read(path: path) }
        do throws(ScriptError) { _ = try Script.read(path: path) } catch { #expect(error.message == "cannot read \(path): \(reason)") }
    }

    @Test func usersRefuseTheSameScripts() throws {
        let script = try Script(name: "test.lua", source: Array("x = = 1".utf8))
        #expect(throws: ScriptError.self) { try LuaUsers(script: script) }
    }

    @Test func longFileNameKeepsItsPlaces() throws {
        let name = String(repeating: "long-name-", count: 9) + ".lua"
        #expect(error(Array("x = = 1".utf8), name: "/a/" + name).hasPrefix("\(name):1:5: unexpected symbol near '='"))
        let users = try LuaUsers(script: Script(name: name, source: Array("user 'U' { task { 't', function() error('x') end } }".utf8)))
        let exchange = UserExchange()
        users.create(slot: 0, userClass: 0, number: 0)
        #expect(users.begin(.task(0), slot: 0, exchange: exchange) == .exception)
        #expect(exchange.exception?.place == "\(name):1")
        #expect(exchange.exception?.message == "x")
    }

    @Test func fiftyClassesOfTenTasksLoad() throws {
        var source = ""
        for c in 0..<50 {
            source += "user 'U\(c)' {\n"
            for t in 0..<10 { source += "  task { 't\(t)', weight = \(t + 1), function(self) self.http:get('/\(t)') end },\n" }
            source += "}\n"
        }
        let scenario = try Script(name: "many.lua", source: Array(source.utf8)).scenario()
        #expect(scenario.userClasses.count == 50)
        #expect(scenario.userClasses.allSatisfy { $0.tasks.count == 10 })
    }
}
