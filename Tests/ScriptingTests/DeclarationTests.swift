import LoadModel
import Testing

@testable import Scripting

struct DeclarationTests {
    private func scenario(_ source: String) throws -> Scenario {
        try Script(name: "test.lua", source: Array(source.utf8)).scenario()
    }

    private func error(_ source: String) -> String {
        do { _ = try scenario(source) } catch { return "\(error)" }
        return "no error"
    }

    @Test func groupsNestAndTagsAreInherited() throws {
        let userClass = try scenario(
            """
            local both = task { "both", tags = "x", function() end }
            user "U" {
              task { "a", weight = 2, function() end },
              sequence { "buy", weight = 3, rounds = between(2, 5), tags = { "shop", "slow" },
                both,
                group { "look", rounds = 4, task { "b", tags = { "read" }, function() end }, both },
              },
              both,
            }
            """
        ).userClasses[0]
        #expect(userClass.tasks.map(\.name) == ["a", "both", "b", "both", "both"])
        #expect(userClass.tasks.map(\.tags) == [[], ["x", "shop", "slow"], ["read", "shop", "slow"], ["x", "shop", "slow"], ["x"]])
        #expect(userClass.tasks.map(\.line) == [3, 1, 6, 1, 1])
        let look = TaskGroup(name: "look", order: .weighted, rounds: 4...4, items: [.task(2), .task(3)])
        let buy = TaskGroup(name: "buy", weight: 3, order: .sequential, rounds: 2...5, items: [.task(1), .group(look)])
        #expect(userClass.order == TaskGroup(items: [.task(0), .group(buy), .task(4)]))
    }

    static let waits: [(String, WaitTime)] = [
        ("poisson(2)", .exponential(meanNanoseconds: 2_000_000_000)),
        ("pacing(10)", .schedule(intervalNanoseconds: 10_000_000_000, catchesUp: true)),
        ("pacing(0.5, { catch_up = false })", .schedule(intervalNanoseconds: 500_000_000, catchesUp: false)),
        ("throughput(4)", .schedule(intervalNanoseconds: 250_000_000, catchesUp: true)),
        ("throughput(0.1, { catch_up = false })", .schedule(intervalNanoseconds: 10_000_000_000, catchesUp: false)),
        ("function(self) return 1 end", .scripted),
    ]

    @Test(arguments: waits) func waitsAreRead(text: String, wait: WaitTime) throws {
        #expect(try scenario("user 'U' { wait = \(text), task { 't', print } }").userClasses[0].wait == wait)
    }

    @Test func theRestOfAClassIsRead() throws {
        let scenario = try scenario(
            """
            setup(function() return 1 end)
            teardown(function() end)
            user "U" {
              fixed_count = 10, on_stop = function(self) end, proxy = "http://proxy:3128",
              certificate = { cert = "-----BEGIN CERTIFICATE-----", key = "-----BEGIN PRIVATE KEY-----", password = "p" },
              task { "t", function() end },
            }
            """)
        #expect(scenario.hasSetup && scenario.hasTeardown)
        let userClass = scenario.userClasses[0]
        #expect(userClass.fixedCount == 10)
        #expect(userClass.hasOnStop && !userClass.hasOnStart)
        #expect(userClass.profile.proxy == "http://proxy:3128")
        #expect(
            userClass.profile.certificate
                == ClientCertificate(
                    certificate: Array("-----BEGIN CERTIFICATE-----".utf8), key: Array("-----BEGIN PRIVATE KEY-----".utf8), password: "p"))
    }

    @Test func requestsHaveTheDefaultsOfTheirClass() throws {
        let driver = try ScriptDriver(
            """
            user "U" {
              timeout = 2.5, redirects = 3, headers = { ["X-Shop"] = "a", Accept = "b" }, auth = { bearer = "t" },
              task { "t", function(self) self.http:get("/", { headers = { accept = "own" } }) end },
            }
            user "V" { task { "t", function(self) self.http:get("/") end } }
            """)
        for slot in 0..<2 {
            driver.users.create(slot: slot, userClass: slot, number: slot)
            #expect(driver.users.begin(.task(0), slot: slot, exchange: driver.exchange) == .request)
            let (timeout, redirects) = (driver.exchange.request.timeoutMilliseconds, driver.exchange.request.mostRedirects)
            #expect(timeout == (slot == 0 ? 2500 : 0) && redirects == (slot == 0 ? 3 : -1))
            #expect(driver.takeRequest().headers == (slot == 0 ? ["accept: own", "X-Shop: a", "Authorization: Bearer t"] : []))
        }
    }

    /// What stands in `user 'U' { … }`, and the message.
    static let fields: [(String, String)] = [
        ("fixed_cuont = 1", "1:12: user \"U\" has no field 'fixed_cuont'\n    did you mean 'fixed_count'?"),
        (
            "fixed_count = 0",
            "1:12: fixed_count of user \"U\" must be a whole number from 1 to 10000000, not 0\n    write fixed_count = 10, or weight = 1 for a share of the users"
        ),
        (
            "fixed_count = 1, weight = 2",
            "1:12: user \"U\" has both weight and fixed_count\n    keep one: fixed_count is a number of users, weight a share"
        ),
        (
            "on_stop = 1", "1:12: on_stop of user \"U\" must be a function, not the number 1\n    write on_stop = function(self) ... end"
        ),
        (
            "proxy = 'proxy:3128'",
            "1:12: proxy of user \"U\" is no URL of a proxy: \"proxy:3128\"\n    write proxy = \"http://proxy:3128\", or with http, https, socks4, socks4a, socks5, socks5h"
        ),
        (
            "certificate = 'x'",
            "1:12: certificate of user \"U\" must be a table, not the text \"x\"\n    write certificate = { cert = file(\"client.pem\"), key = file(\"client.key\") }"
        ),
        ("certificate = { crt = 'x' }", "1:12: certificate of user \"U\" has no field 'crt'\n    did you mean 'cert'?"),
        (
            "certificate = { cert = 'client.pem' }",
            "1:12: cert of the certificate of user \"U\" is no PEM text\n    write certificate = { cert = file(\"client.pem\"), key = file(\"client.key\") }"
        ),
        ("timeout = 'x'", "1:12: user \"U\": timeout must be"),
        ("redirects = -1", "user \"U\": redirects"),
        ("headers = { ['a b'] = 'c' }", "user \"U\": \"a b\" cannot be a header's name"),
        ("auth = 'x'", "user \"U\": auth"),
        (
            "sequence { 's' }",
            "1:1: sequence \"s\" of user \"U\" has no task\n    put at least one behind its name: task { \"name\", function(self) ... end }"
        ),
        (
            "group { 'g', round = 2, task { 't', print } }",
            "1:25: group \"g\" of user \"U\" has no field 'round'\n    did you mean 'rounds'?"
        ),
        (
            "group { 'g', rounds = 0, task { 't', print } }",
            "rounds of group \"g\" of user \"U\" must be a whole number from 1, or between(1, 5), not 0\n    write rounds = 3 or rounds = between(2, 5)"
        ),
        (
            "group { 'g', rounds = between(0.5, 2), task { 't', print } }",
            "rounds of group \"g\" of user \"U\" must be a whole number from 1, or between(1, 5), not a wait\n    write rounds = 3 or rounds = between(2, 5)"
        ),
        (
            "task { 't', tags = { 1 }, print }",
            "tags of task \"t\" of user \"U\" must be texts, not the number 1\n    write tags = \"slow\" or tags = { \"slow\", \"read\" }"
        ),
        (
            "task { 't', tags = 'a b', print }",
            "tags of task \"t\" of user \"U\" cannot be \"a b\": a tag is a word without spaces and commas\n    write tags = \"slow\" or tags = { \"slow\", \"read\" }"
        ),
        ("group { task { 't', print } }", "a group of user \"U\" needs a name as its first item, not a table"),
    ]

    @Test(arguments: fields) func mistakesInFieldsHaveTheirPlace(field: String, message: String) {
        let text = error("user 'U' { \(field), task { 't', print } }")
        #expect(text.hasPrefix("test.lua:1:"))
        #expect(message.hasPrefix("1:") ? text.hasPrefix("test.lua:\(message)") : text.contains(message), "\(text)")
    }

    static let calls: [(String, String)] = [
        ("poisson(0)", "poisson needs a number of seconds above 0, not 0.0"),
        ("pacing()", "pacing takes a number of seconds: write pacing(10)"),
        ("pacing(1, { catchup = false })", "pacing has no option 'catchup': there is only catch_up"),
        ("throughput(0)", "throughput needs a number of tasks per second from 1e-09 to 1e+09, not 0"),
        ("setup {}", "setup needs one function, not table: write setup(function(self) ... end)"),
        ("setup(print)\nsetup(print)", "setup is already declared on line 1: put both into one function"),
        ("group 'x'", "group needs one table, not string: write group { \"name\", task { ... }, task { ... } }"),
        ("timing('x', 1)", "timing cannot be used while the script is being loaded, since every worker loads it"),
        ("counter('x')", "counter cannot be used while the script is being loaded, since every worker loads it"),
        ("stop_run()", "stop_run cannot be used while the script is being loaded, since every worker loads it"),
        ("env()", "env needs the name of a variable as a text, not no value: write env(\"NAME\")"),
        ("usre 'x' {}", "attempt to call a nil value (global 'usre')\n    did you mean 'user'?"),
    ]

    @Test(arguments: calls) func mistakesInCallsHaveTheirPlace(call: String, message: String) {
        let text = error(call)
        #expect(text.hasPrefix("test.lua:"))
        #expect(text.contains(message), "\(text)")
    }

    @Test func groupThatContainsItselfIsRefused() {
        let text = error("local g = group { 'g', task { 't', print } }\ng[3] = g\nuser 'U' { g }")
        #expect(text.contains("stands in more than 10 groups\n    nest less; does a group contain itself?"), "\(text)")
    }

    @Test func groupsThatMultiplyAreRefused() {
        let text = error(
            """
            local g = task { "t", print }
            for i = 1, 9 do
              local items = { "g" .. i }
              for k = 2, 11 do items[k] = g end
              g = group(items)
            end
            user "U" { g }
            """)
        #expect(text.contains("user \"U\" has more than 10000 tasks"), "\(text)")
    }

    /// Lua's own order of keys differs from state to state; then workers would have other tasks than the master.
    @Test func everyStateDeclaresTheSame() throws {
        var source = "local weights = {"
        for index in 0..<200 { source += "name\(index) = \(index + 1)," }
        source +=
            "} local items = {} for name, weight in pairs(weights) do items[#items + 1] = task { name, weight = weight, print } end user 'U' (items)"
        let script = try Script(name: "test.lua", source: Array(source.utf8))
        let first = try script.scenario()
        #expect(first.userClasses[0].tasks.count == 200)
        for _ in 0..<5 { #expect(try script.scenario() == first) }
    }

    @Test func fiftyClassesOfTenTasksLoadQuickly() throws {
        var source = ""
        for userClass in 0..<50 {
            source += "user 'U\(userClass)' {\n  wait = constant(1), weight = 2,\n"
            for task in 0..<10 {
                source += "  task { 't\(task)', weight = 2, tags = 'x', function(self) self.http:get('/\(task)') end },\n"
            }
            source += "}\n"
        }
        let script = try Script(name: "many.lua", source: Array(source.utf8))
        let clock = ContinuousClock()
        var best = Duration.seconds(10)
        for _ in 0..<3 { best = min(best, try clock.measure { _ = try script.scenario() }) }
        print("50 classes and 500 tasks load in \(best)")
        #expect(best < .milliseconds(500))
    }
}
