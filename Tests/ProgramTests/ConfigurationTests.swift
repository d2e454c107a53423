import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada.yaml`, and which of flag, variable and key is obeyed.
    struct ConfigurationTests {
        /// A value for every setting, as a flag has it; nil: the flag has none. `%` stands for the folder, `@` for the server.
        private static let values: [String: String?] = [
            "host": "@", "users": "3", "spawn-rate": "50", "run-time": "300ms", "stop-timeout": "1s", "connections": "new",
            "max-connections": "77", "connect-rate": "900", "http-version": "1.1", "insecure": nil, "cacert": "%/ca.pem", "proxy": "@",
            "csv-full-history": nil,
            "web-port": "0", "web-host": "127.0.0.1", "csv": "%/csv", "json": "%/result.json", "only-summary": nil,
            "log-level": "warning", "exit-code-on-failure": "7", "exit-code-on-invalid": "97",
            "threads": "2", "seed": "42",
            "processes": "1", "script": "%/s.lua", "tags": "a", "exclude-tags": "c", "cert": "%/ca.pem", "key": "%/ca.pem",
            "key-password": "pw", "junit": "%/junit.xml", "threshold": "exceptions == 0",
            // Those of master and worker.
            "bind": "127.0.0.1", "port": "0", "plain": nil, "expect-workers": "2", "expect-workers-max-wait": "1s", "state": "%/state",
            "iterations": "1000", "requests": "2000", "warm-up": "100ms",
            // Those of load models, of which a run has one.
            "stages": "1s:3", "shape": "ramp(from=0, to=3, over=1s)", "arrival-rate": "5/s", "arrival-stages": "1s:5/s",
            "arrival-shape": "ramp(from=0/s, to=3/s, over=1s)", "arrivals": "poisson", "max-users": "9", "max-lateness": "2s",
            "master-host": "127.0.0.1", "master-port": "9", "join-token": "none", "stay": nil, "name": "w1",
            "linger": "100ms", "resume-within": "50s", "master-max-wait": "2s", "index": "1", "source-address": "127.0.0.1,127.0.0.2",
        ]

        /// A second value, different from the first.
        private static let others: [String: String] = [
            "users": "4", "spawn-rate": "60", "run-time": "400ms", "stop-timeout": "2s", "connections": "user", "max-connections": "78",
            "connect-rate": "901",
            "http-version": "auto", "exit-code-on-failure": "8", "exit-code-on-invalid": "96", "threads": "1", "seed": "43",
            "log-level": "error", "processes": "2",
            "threshold": "exceptions < 9",
        ]

        /// Long options of a command, without dashes, as its help names them.
        private func options(of command: String) throws -> Set<String> {
            let help = try CicadaCall.now([command, "--help"]).output
            let names = help.matches(of: #/--([a-z0-9][a-z0-9-]+)/#).map { String($0.output.1) }
            let listed = help.split(separator: "\n").filter { $0.hasPrefix("  -") }.joined(separator: "\n")
            return Set(names.filter { listed.contains("--\($0)") })
        }

        /// A setting as the program has it.
        private struct Told: Sendable, Equatable {
            var value: String
            var source: String
        }

        /// What a run says of each setting: its value, and where it came from. Worker processes say theirs later.
        private func settings(_ arguments: [String], environment: [String: String] = [:], in folder: String) throws -> [String: Told] {
            let environment = ["CICADA_TEST_SETTINGS": "1", "CICADA_EXIT_CODE_ON_INVALID": ""].merging(environment) { $1 }
            let end = try CicadaCall.now(arguments, in: folder, environment: environment)
            var settings: [String: Told] = [:]
            for line in end.errors.split(separator: "\n") {
                guard let match = line.wholeMatch(of: #/setting --([a-z0-9-]+) = (.*) from (.*)/#) else { continue }
                let name = String(match.output.1)
                if settings[name] == nil { settings[name] = Told(value: String(match.output.2), source: String(match.output.3)) }
            }
            return settings
        }

        private static let script =
            #"user "U" { task { "t", tags = "a", function(self) self.http:get("/") end }, task { "u", tags = "c", function(self) end } }"#

        /// Beside one another they are refused, but read before that.
        private static let models: Set<String> = [
            "stages", "shape", "arrival-rate", "arrival-stages", "arrival-shape", "arrivals", "max-users", "max-lateness",
        ]

        /// Calls with all settings in the file; in the environment too; as flags too.
        private struct Calls: Sendable {
            var names: [String]
            /// Where each stands in the file.
            var lines: [String: Int] = [:]
            var values: [String: String]
            var fromFile: [String: Told]
            var fromVariable: [String: Told]
            var fromFlag: [String: Told]
            var withoutFile: [String: Told]
        }

        private func calls() async throws -> Calls {
            let names = try options(of: "run").subtracting(["help", "version", "config", "debug", "class"])
            var calls = try await calls(of: names.subtracting(Self.models))
            let models = try await self.calls(of: Self.models)
            calls.names += models.names
            calls.lines.merge(models.lines) { first, _ in first }
            calls.values.merge(models.values) { first, _ in first }
            calls.fromFile.merge(models.fromFile) { first, other in first.source == "nowhere" ? other : first }
            calls.fromVariable.merge(models.fromVariable) { first, other in first.source == "nowhere" ? other : first }
            calls.fromFlag.merge(models.fromFlag) { first, other in first.source == "nowhere" ? other : first }
            return calls
        }

        private func calls(of names: Set<String>) async throws -> Calls {
            try await Webapp.with { webapp in
                let folder = try TestFolder()
                _ = try folder.file("s.lua", Self.script)
                _ = try folder.file("ca.pem", "-----BEGIN CERTIFICATE-----\n")
                let names = names.sorted()
                let path = folder.path
                var file = ""
                var environment: [String: String] = [:]
                var flags: [String] = []
                var values: [String: String] = [:]
                for name in names {
                    let given = try #require(Self.values[name], "this test needs a value for --\(name)")
                    let value = (given ?? "true").replacing("%", with: path).replacing("@", with: webapp.url)
                    values[name] = value
                    file += "\(name): \"\(value)\"\n"
                    environment["CICADA_" + name.uppercased().replacing("-", with: "_")] = Self.others[name] ?? value
                    flags += given == nil ? ["--\(name)"] : ["--\(name)", value]
                }
                _ = try folder.file("cicada.yaml", file)
                return Calls(
                    names: names, lines: Dictionary(uniqueKeysWithValues: zip(names, 1...)), values: values,
                    fromFile: try settings(["run", "s.lua"], in: path),
                    fromVariable: try settings(["run", "s.lua"], environment: environment, in: path),
                    fromFlag: try settings(["run", "s.lua"] + flags, environment: environment, in: path),
                    withoutFile: try settings(
                        ["run", "s.lua", "--config", "/dev/null", "--host", webapp.url, "--run-time", "100ms"], in: path))
            }
        }

        @Test func everySettingOfARunComesFromFlagVariableAndFileInThisOrder() async throws {
            let calls = try await calls()
            #expect(calls.names.count > 20)
            for name in calls.names {
                let line = try #require(calls.lines[name])
                let found = try #require(calls.fromFile[name], "--\(name) is not read as a setting")
                #expect(
                    found.value == calls.values[name] && found.source.hasPrefix("\(name) (cicada.yaml:\(line):"), "\(name): \(found)")
                let variable = try #require(calls.fromVariable[name])
                #expect(
                    variable.value == Self.others[name] ?? calls.values[name] && variable.source.hasPrefix("CICADA_"),
                    "\(name): \(variable)")
                let flag = try #require(calls.fromFlag[name])
                #expect(flag.value == calls.values[name] && flag.source == "--\(name)", "\(name): \(flag)")
            }
            #expect(calls.withoutFile["users"]?.source == "nowhere")
        }

        @Test func aFolderWithAFileNeedsNoFlags() async throws {
            let end = try await Webapp.with { webapp in
                let folder = try TestFolder()
                _ = try folder.file("s.lua", Self.script)
                _ = try folder.file("cicada.yaml", "script: s.lua\nhost: \(webapp.url)\nusers: 5\nspawn-rate: 100\nrun-time: 300ms\n")
                return try CicadaCall.now(["run"], in: folder.path)
            }
            #expect(end.exitCode == 0 && end.errors.contains("settings: cicada.yaml") && end.errors.contains("5 users at 100"), "\(end)")
        }

        @Test func pathsInAFileStartAtItsFolder() async throws {
            let end = try await Webapp.with { webapp in
                let folder = try TestFolder()
                try FileManager.default.createDirectory(atPath: "\(folder.path)/sub", withIntermediateDirectories: true)
                _ = try folder.file("sub/s.lua", Self.script)
                _ = try folder.file("sub/x.yaml", "script: s.lua\nhost: \(webapp.url)\nrun-time: 200ms\njson: result.json\n")
                let end = try CicadaCall.now(["run", "--config", "sub/x.yaml"], in: folder.path)
                #expect(try folder.text("sub/result.json").contains("\"requests\""))
                return end
            }
            #expect(end.exitCode == 0, "\(end)")
        }

        @Test(arguments: [
            ("user: 5", "cicada.yaml:1:1: there is no setting 'user'.\n    did you mean 'users'?"),
            ("host: http://x\nspawn_rate: 5", "cicada.yaml:2:1: there is no setting 'spawn_rate'.\n    write 'spawn-rate'"),
            ("--users: 5", "cicada.yaml:1:1: there is no setting '--users'.\n    write 'users'"),
            ("tags: [a, zzz]", "tags (cicada.yaml:1:7): no task of the script has the tag 'zzz'"),
            ("users: many", "users (cicada.yaml:1:8) is 'many'; it must be a whole number"),
            ("host: http://x\nstop-timeout: soon", "stop-timeout (cicada.yaml:2:15) is 'soon'; it must be a duration"),
            ("insecure: perhaps", "insecure (cicada.yaml:1:11) is 'perhaps'; it must be true or false"),
            ("users: [1, 2]", "cicada.yaml:1:8: 'users' takes one value, not a list"),
            ("users: { a: 1 }", "cicada.yaml:1:8: 'users' takes a value, not further settings"),
            ("users:", "'users' has no value. Give one, or leave the line out"), ("users: 1\nusers: 2", "'users' is set twice"),
            ("- users", "cicada.yaml:1:1: settings are lines such as users: 100, not a list"),
            ("just text", "cicada.yaml:1:1: settings are lines such as users: 100, not a text"),
            ("users: \"5", "cicada.yaml:1"), ("users: 1\n\tx: 2", "cicada.yaml:2"), ("users: 1\u{0}", "cicada.yaml: this is no text"),
            ("connections: [", "cicada.yaml:"), ("users: *x", "cicada.yaml:1"),
        ]) func mistakesAreNamedWithTheirPlace(text: String, words: String) async throws {
            let folder = try TestFolder()
            _ = try folder.file("s.lua", Self.script)
            _ = try folder.file("cicada.yaml", text)
            let end = try await CicadaCall.run(["run", "s.lua", "--host", "http://127.0.0.1:9", "--run-time", "1s"], in: folder.path)
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end)")
        }

        @Test func aScriptThatIsNotThereIsNamedWithItsPlaceAndNoTagsAreNone() async throws {
            let folder = try TestFolder()
            _ = try folder.file("cicada.yaml", "users: 1\nscript: gone.lua\n")
            let end = try await CicadaCall.run(["run"], in: folder.path)
            #expect(end.exitCode == 2 && end.errors.contains("script (cicada.yaml:2:9) is 'gone.lua', but there is no such file"), "\(end)")
            _ = try folder.file("none.yaml", "script: s.lua\ntags: []\n")
            _ = try folder.file("s.lua", Self.script)
            let none = try await CicadaCall.run(["validate", "--config", "none.yaml", "--host", "http://a.test"], in: folder.path)
            #expect(none.exitCode == 0 && none.output.contains("2 tasks"), "\(none)")
        }

        @Test func aFileThatIsNotThereIsAnError() async throws {
            let end = try await CicadaCall.run(["run", "--config", "/nowhere.yaml", "s.lua"])
            #expect(end.exitCode == 2 && end.errors.contains("cannot read /nowhere.yaml"), "\(end)")
            let none = try await CicadaCall.run(["run"])
            #expect(none.exitCode == 2 && none.errors.contains("give a script"), "\(none)")
        }

        /// Worker processes take their settings from the plan, not from a file that happens to lie where they were started.
        @Test func workerProcessesDoNotReadTheFile() async throws {
            let end = try await Webapp.with { webapp in
                let folder = try TestFolder()
                _ = try folder.file("s.lua", Self.script)
                _ = try folder.file(
                    "cicada.yaml",
                    "script: s.lua\nhost: \(webapp.url)\nusers: 4\nspawn-rate: 100\nrun-time: 500ms\nname: w\nplain: true\nthreads: 1\n")
                return try CicadaCall.now(["run", "--processes", "2"], in: folder.path)
            }
            #expect(end.exitCode == 0 && !end.output.contains(": 0 issued"), "\(end)")
        }
    }
}
