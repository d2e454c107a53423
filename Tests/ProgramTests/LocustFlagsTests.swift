import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// Locust's names of options and variables: the same meaning, or a sentence. The lists are those of docs/locust.md.
    struct LocustFlagsTests {
        private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func document() throws -> String { try String(contentsOf: root.appending(path: "docs/locust.md"), encoding: .utf8) }

        /// Settings as a call has them, by our option: value, and where it came from.
        private func settings(
            _ arguments: [String], environment: [String: String] = [:]
        ) async throws -> [String: (value: String, source: String)] {
            let end = try await CicadaCall.run(arguments, environment: environment.merging(["CICADA_TEST_SETTINGS": "1"]) { $1 })
            var settings: [String: (String, String)] = [:]
            for line in end.errors.split(separator: "\n") {
                guard let match = line.wholeMatch(of: #/setting (--[a-z0-9-]+) = (.*) from (.*)/#) else { continue }
                settings[String(match.output.1)] = (String(match.output.2), String(match.output.3))
            }
            return settings
        }

        private static let script =
            #"user "U" { host = "http://127.0.0.1:9", task { "t", tags = "a", function(self) self.http:get("/") end }, "#
            + #"task { "u", tags = "b", function(self) end } }"#

        /// A value for each variable.
        private static let values = [
            "LOCUST_HOST": "http://127.0.0.1:9", "LOCUST_USERS": "3", "LOCUST_SPAWN_RATE": "2.5", "LOCUST_RUN_TIME": "100ms",
            "LOCUST_STOP_TIMEOUT": "0.5", "LOCUST_TAGS": "[a, b]", "LOCUST_EXCLUDE_TAGS": "b", "LOCUST_CSV": "/no/such/folder/x",
            "LOCUST_CSV_FULL_HISTORY": "true", "LOCUST_ONLY_SUMMARY": "1", "LOCUST_LOGLEVEL": "WARNING", "LOCUST_EXIT_CODE_ON_ERROR": "3",
            "LOCUST_WEB_PORT": "0", "LOCUST_WEB_HOST": "127.0.0.1", "LOCUST_MASTER_BIND_HOST": "127.0.0.1", "LOCUST_MASTER_BIND_PORT": "0",
            "LOCUST_EXPECT_WORKERS": "1", "LOCUST_EXPECT_WORKERS_MAX_WAIT": "0.1", "LOCUST_MASTER_NODE_HOST": "127.0.0.1",
            "LOCUST_MASTER_NODE_PORT": "9", "LOCUST_PROCESSES": "1",
        ]

        /// Each variable of the document is read, by the option that stands beside it there.
        @Test func variablesOfTheDocumentAreRead() async throws {
            let rows = try Self.document().matches(of: #/\| `(LOCUST_[A-Z_]+)`[^|]*\| `(--[a-z-]+)` /#)
            let options = Dictionary(uniqueKeysWithValues: rows.map { (String($0.output.1), String($0.output.2)) })
            #expect(Set(options.keys) == Set(Self.values.keys))
            let folder = try TestFolder()
            let script = try folder.file("s.lua", Self.script)
            for (variable, value) in Self.values.sorted(by: { $0.key < $1.key }) {
                let option = try #require(options[variable])
                var arguments = ["run", script]
                // A name of two lines is refused when the address has been read.
                if variable.hasPrefix("LOCUST_MASTER_NODE") { arguments = ["worker", "--name", "a\nb"] }
                if variable.hasPrefix("LOCUST_MASTER_BIND") || variable.hasPrefix("LOCUST_EXPECT") { arguments = ["master", script] }
                let others = [
                    "run": ["--run-time": "100ms"], "worker": [:],
                    "master": ["--run-time": "100ms", "--port": "0", "--expect-workers-max-wait": "100ms"],
                ]
                for (other, setting) in others[arguments[0]] ?? [:] where other != option { arguments += [other, setting] }
                let found = try await settings(arguments, environment: [variable: value, "CICADA_HOME": folder.path])
                let told = try #require(found[option], "\(variable): \(option) is not read: \(found.keys.sorted())")
                let expected = variable == "LOCUST_TAGS" ? "a, b" : value
                #expect(told.value == expected && told.source == variable, "\(variable): \(told)")
            }
        }

        @Test func cicadasVariablesAndFlagsComeFirst() async throws {
            let folder = try TestFolder()
            let script = try folder.file("s.lua", Self.script)
            let both = ["LOCUST_USERS": "3", "CICADA_USERS": "4"]
            let call = ["run", script, "--spawn-rate", "none"]
            #expect(try await settings(call, environment: both)["--users"]?.source == "CICADA_USERS")
            #expect(try await settings(call + ["-u", "5"], environment: both)["--users"]?.value == "5")
            // Kubernetes sets such for a service named locust-web.
            #expect(
                try await settings(call, environment: ["LOCUST_WEB_PORT": "tcp://10.0.0.1:80"])["--web-port"]?.value ?? "nothing"
                    == "nothing")
        }

        @Test func zeroIsForEverAsInLocust() async throws {
            let folder = try TestFolder()
            let script = try folder.file("s.lua", Self.script)
            let found = try await settings(
                ["master", script, "--bind", "192.0.2.1"], environment: ["LOCUST_EXPECT_WORKERS_MAX_WAIT": "0", "CICADA_HOME": folder.path])
            #expect(found["--expect-workers-max-wait"]?.value == "100000h", "\(found)")
        }

        /// Options of Locust's with the same meaning, in both ways of writing them, and those that say what is so anyway.
        @Test func optionsOfTheSameMeaningAreUnderstood() async throws {
            let folder = try TestFolder()
            let script = try folder.file("s.lua", Self.script)
            let idle = ["--headless", "--autostart", "--print-stats", "--enable-rebalancing", "--master"]
            for arguments in [
                ["--master-bind-host", "192.0.2.1", "--master-bind-port", "5999", "--exit-code-on-error", "4", "--loglevel", "DEBUG"],
                ["--master-bind-host=192.0.2.1", "--master-bind-port=5999", "--exit-code-on-error=4", "--loglevel=DEBUG"],
            ] {
                let found = try await settings(["master", script] + arguments + idle, environment: ["CICADA_HOME": folder.path])
                #expect(found["--bind"]?.value == "192.0.2.1" && found["--port"]?.value == "5999", "\(found)")
                #expect(found["--exit-code-on-failure"]?.value == "4" && found["--log-level"]?.value == "DEBUG", "\(found)")
            }
        }

        @Test func aWholeLineOfLocustsRuns() async throws {
            let (end, counted) = try await Webapp.with { webapp in
                let folder = try TestFolder()
                let script = try folder.file("s.lua", Scripts.steady)
                let end = try CicadaCall.now(
                    [
                        "run", script, "--headless", "-H", webapp.url, "-u", "3", "-r", "10", "-t", "1", "-s", "1", "--only-summary", "-L",
                        "INFO",
                        "--csv", "\(folder.path)/x", "--csv-full-history", "--exit-code-on-error", "9",
                    ], environment: ["LOCUST_HEADLESS": "1", "CICADA_EXIT_CODE_ON_INVALID": "0"])
                return (end, try webapp.count())
            }
            #expect(end.exitCode == 0 && counted > 10, "\(end)")
        }

        /// Each option that the document calls refused is, with a sentence; and none that is refused is left out there.
        @Test func whatHasNoCounterpartIsRefused() async throws {
            let document = try Self.document()
            let start = try #require(document.range(of: "Everything else is refused")?.lowerBound)
            let end = try #require(document[start...].range(of: "(Those that say how")?.lowerBound)
            let options = document[start..<end].matches(of: #/`(--[a-z-]+)`/#).map { String($0.output.1) }
            #expect(options.count > 20)
            for option in options {
                for command in ["run", "worker"] where option != "--worker" || command == "run" {
                    let call = try await CicadaCall.run([command, option])
                    #expect(
                        call.exitCode == 2
                            && call.errors.hasPrefix("cicada: \(option) is an option of Locust's that Cicada does not have: "),
                        "\(option): \(call)")
                }
            }
            for (short, words) in [("-f", "cicada run shop.lua"), ("-l", "cicada validate"), ("--html=x.html", "--json FILE")] {
                let call = try await CicadaCall.run(["run", short])
                #expect(call.exitCode == 2 && call.errors.contains(words), "\(call)")
            }
        }

        @Test func variablesWithoutCounterpartAreRefused() async throws {
            let folder = try TestFolder()
            let script = try folder.file("s.lua", Self.script)
            for variable in [
                "LOCUST_LOCUSTFILE", "LOCUST_HTML", "LOCUST_USERCLASS_PICKER", "LOCUST_RESET_STATS", "LOCUST_TLS_CERT",
                "LOCUST_USER_CLASSES",
            ] {
                let call = try await CicadaCall.run(["run", script, "--run-time", "1s"], environment: [variable: "1x"])
                #expect(
                    call.exitCode == 2 && call.errors.hasPrefix("cicada: \(variable) is set, ") && call.errors.contains("Unset it."),
                    "\(call)")
            }
            // A switch that is off, and help, are no trouble.
            let off = try await settings(["run", script, "--users", "none"], environment: ["LOCUST_RESET_STATS": "false"])
            #expect(off["--users"]?.value == "none")
            #expect(try await CicadaCall.run(["run", "--help"], environment: ["LOCUST_HTML": "x"]).exitCode == 0)
        }

        /// Words behind `--` and of other commands are nobody's options.
        @Test func otherWordsAreLeftAlone() async throws {
            let folder = try TestFolder()
            let end = try await CicadaCall.run(["import", "curl", "--", "curl", "--html", "http://127.0.0.1:9/"], in: folder.path)
            #expect(end.exitCode == 0 && end.output.contains("http://127.0.0.1:9"), "\(end)")
        }
    }
}
