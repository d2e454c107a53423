import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada validate`: what would run, in words, and what is wrong.
    struct ValidateCommandTests {
        private static let script = """
            local KEY = env("SHOP_KEY")
            local TOKEN = env("SHOP_TOKEN", "")
            local accounts = data { "accounts.csv", order = "unique", at_end = "cyclic" }
            setup(function(self) return 1 end)
            teardown(function(self) end)
            user "Member" {
              weight = 3, host = "http://shop.test", wait = between(1, 2.5), on_start = function(self) end, on_stop = function(self) end,
              connections = "shared",
              task { "browse", weight = 9, tags = { "read", "fast" }, function(self) self.http:get("/") end },
              sequence { "checkout", rounds = between(2, 5),
                task { "cart", tags = "write", function(self) end },
                group { "pay", rounds = 2, task { "card", weight = 3, function(self) end }, task { "cash", function(self) end } } },
            }
            user "Guest" { weight = 1, host = "http://shop.test", wait = poisson(4), task { "home", tags = "read", function(self) end } }
            user "Admin" { fixed_count = 2, host = "http://shop.test", wait = pacing(10, { catch_up = false }), task { "look", tags = "read", function(self) end } }
            """

        private func validate(
            _ script: String, _ arguments: [String] = [], environment: [String: String] = [:]
        ) async throws -> RunningProgram.End {
            let folder = try TestFolder()
            _ = try folder.file("shop.lua", script)
            _ = try folder.file("accounts.csv", "name,password\njoe,1\nann,2\n")
            return try await CicadaCall.run(["validate", "shop.lua"] + arguments, in: folder.path, environment: environment)
        }

        @Test func whatWouldRunIsSaidInWords() async throws {
            let end = try await validate(Self.script, ["--users", "102"], environment: ["SHOP_KEY": "a secret"])
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
            for words in [
                "shop.lua: 3 user classes, 6 tasks", "User class \"Member\": 75 % of the other users (weight 3), 75 of 102",
                "User class \"Guest\": 25 % of the other users (weight 1), 25 of 102", "User class \"Admin\": always 2 users, 2 of 102",
                "1 s to 2.5 s, evenly distributed, after each task", "4 s on average, exponentially distributed",
                "a task every 10 s from each user; after a late one the schedule begins anew", "on_start, on_stop", "64 users share theirs",
                "90 %  browse   tags: fast, read   line 9", "10 %  sequence \"checkout\": all in their order, 2 to 5 times",
                "2.  group \"pay\": 2 picks", "75 %  card", "accounts.csv (name, password)",
                "2 rows, one for each user; each row once in the whole run, then from the start again", "SHOP_KEY    set\n",
                "SHOP_TOKEN  not set",
                "setup runs once", "teardown runs once", "No problem found.",
            ] { #expect(end.output.contains(words), "\(words): \(end.output)") }
            #expect(!end.output.contains("a secret"))
        }

        @Test func tagsSayWhatIsLeft() async throws {
            let end = try await validate(Self.script, ["--tags", "read,write", "--exclude-tags", "fast"])
            #expect(end.exitCode == 0 && end.output.contains("3 tasks (tags leave out 3)"), "\(end)")
            #expect(!end.output.contains("browse") && !end.output.contains("card") && end.output.contains("cart"))
            let unknown = try await validate(Self.script, ["--tags", "raed"])
            #expect(
                unknown.exitCode == 2
                    && unknown.errors.contains("--tags: no task of the script has the tag 'raed' (its tags are fast, read, write)"))
            let nothing = try await validate(Self.script, ["--tags", "write"])
            #expect(nothing.exitCode == 2 && nothing.errors.contains("leave no task for user classes \"Guest\", \"Admin\""), "\(nothing)")
        }

        @Test func unknownFunctionsAreProblems() async throws {
            let end = try await validate(
                "user \"U\" { host = \"http://a\", task { \"t\", function(self)\n  self.http:gte(\"/\")\n  chekc(1)\n  local x = string.fromat(1)\nend } }"
            )
            #expect(end.exitCode == 2 && end.errors.hasPrefix("cicada: 3 problems\n"), "\(end)")
            for words in [
                "shop.lua:2:13: there is no 'self.http:gte'\n    did you mean 'get'?", "shop.lua:3:3: there is no 'chekc'",
                "did you mean 'check'?",
                "shop.lua:4:20: there is no 'string.fromat'\n    did you mean 'format'?",
            ] { #expect(end.errors.contains(words), "\(end)") }
            #expect(end.output.contains("User class \"U\"") && !end.output.contains("No problem"))
        }

        @Test(arguments: [
            ("user \"U\" {", "shop.lua:1:11: unexpected symbol near <eof>"), ("user \"U\" { weigth = 1 }", "did you mean 'weight'?"),
            ("usr \"U\" {}", "did you mean 'user'?"), ("local a = data(\"missing.csv\")", "cannot read missing.csv"),
            (
                "user \"U\" { host = \"nonsense\", task { \"t\", function(self) end } }",
                "host of user \"U\" is no base URL: \"nonsense\""
            ),
        ]) func mistakesAreNamed(script: String, words: String) async throws {
            let end = try await validate(script)
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end)")
        }

        @Test func aMissingHostIsAProblemInTheWordsOfARun() async throws {
            let script = "user \"U\" { task { \"t\", function(self) self.http:get(\"/\") end } }"
            let none = try await validate(script)
            #expect(none.exitCode == 2 && none.output.contains("host         none: give --host"), "\(none)")
            #expect(none.errors.contains("1 problem\nno host for user class \"U\": give --host http://… (or CICADA_HOST)"), "\(none)")
            let given = try await validate(script, ["--host", "http://b.test"])
            #expect(given.output.contains("host         http://b.test"))
        }
    }
}
