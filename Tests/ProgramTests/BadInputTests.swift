import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// What is wrong before the run: told in words, with exit code 2, and nothing is run.
    struct BadInputTests {
        private static let host = ["--host", "http://127.0.0.1:9"]

        private func cicada(_ arguments: [String], environment: [String: String] = [:]) async throws -> RunningProgram.End {
            try await onOwnThread {
                try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), arguments, environment: environment).waitForEnd()
            }
        }

        /// Runs a script that is to be refused.
        private func refusal(
            script: String, _ arguments: [String], environment: [String: String] = [:]
        ) async throws -> RunningProgram.End {
            try await onOwnThread { try CicadaRun(script: script, arguments, environment: environment).end() }
        }

        @Test(arguments: [
            ("", "script.lua: the script declares no user class", "write user"),
            ("x = 1\n", "script.lua: the script declares no user class", "write user"),
            ("x = 1\ny = = 2\n", "script.lua:2:5: unexpected symbol near '='", "look at"),
            ("user \"U\" {\n  wait = constant(1)\n  task { } }", "script.lua:3:3: '}' expected", "comma"),
            ("user \"U\" { }", "script.lua:1", "task"),
            ("user \"U\" { wiat = constant(1), task { \"t\", function() end } }", "script.lua:1", "wait"),
            ("error('no')", "script.lua:1", "no"),
            ("\u{1B}Lua", "script.lua: this is a compiled script", "source text"),
            ("user\0", "script.lua:1:1: the script holds a NUL byte", "UTF-8"),
        ])
        func aScriptThatCannotBeUsedIsRefused(script: String, message: String, remedy: String) async throws {
            let end = try await refusal(script: script, Self.host + ["--run-time", "1"])
            #expect(end.exitCode == 2 && end.output.isEmpty, "\(end)")
            #expect(end.errors.contains(message) && end.errors.contains(remedy), "\(end)")
        }

        @Test(arguments: [("/no/such/script.lua", "No such file or directory"), ("/", "Is a directory")])
        func aScriptThatCannotBeReadIsRefused(path: String, reason: String) async throws {
            let end = try await cicada(["run", path] + Self.host)
            #expect(end.exitCode == 2 && end.errors.contains("cannot read \(path): \(reason)"), "\(end)")
        }

        @Test(arguments: [
            "", "127.0.0.1:80", "http://", "ftp://x", "http:///x", "http://a b", "http://127.0.0.1:99999", "http://x:y", "http://[::1",
            "http://x/?q", "https://x#y",
        ])
        func aHostThatIsNoURLIsRefused(host: String) async throws {
            let end = try await refusal(script: Scripts.steady, ["--host", host, "--run-time", "1"])
            #expect(
                end.exitCode == 2 && end.errors.contains("--host is '\(host)'") && end.errors.contains("http://127.0.0.1:8000"), "\(end)")
        }

        @Test func aMissingHostIsToldWithTheWaysToGiveIt() async throws {
            let end = try await refusal(script: Scripts.steady, ["--run-time", "1"])
            #expect(end.exitCode == 2, "\(end)")
            for words in ["no host for user class \"U\"", "--host", "CICADA_HOST", "script.lua"] {
                #expect(end.errors.contains(words), "\(end)")
            }
        }

        private static let wrongValues: [(flag: String, value: String, words: String)] = [
            ("--users", "0", "at least 1"), ("--users", "x", "whole number"), ("--users", "1.5", "whole number"),
            ("--users", "99999999999999999999", "at most 10000000"), ("--users", "-5", "at least 1"),
            ("--spawn-rate", "0", "above 0"), ("--spawn-rate", "nan", "above 0"), ("--spawn-rate", "inf", "above 0"),
            ("--spawn-rate", "x", "above 0"), ("--spawn-rate", "1e10", "above 0"),
            ("--run-time", "0", "longer than 0"), ("--run-time", "5x", "a duration such as"), ("--run-time", "1m1h", "a duration"),
            ("--run-time", "2555555h300000m", "at most 100000h"), ("--run-time", "-1", "a duration"),
            ("--stop-timeout", "soon", "a duration"), ("--stop-timeout", "2555555h", "at most 100000h"),
            ("--connections", "mine", "user, shared, new"), ("--max-connections", "0", "at least 1"),
            ("--connect-rate", "0", "connections per second"),
            ("--http-version", "3", "2-prior-knowledge"), ("--threads", "0", "at least 1"),
            ("--threads", "300", "at most 256"), ("--seed", "x", "whole number"), ("--log-level", "loud", "error, warning, info."),
            ("--exit-code-on-failure", "256", "at most 255"), ("--cacert", "/no/such.pem", "readable PEM file"),
            ("--csv", "/no/such/folder/x", "No such file or directory"),
        ]

        @Test(arguments: Self.wrongValues.indices) func aValueThatAFlagCannotHaveIsRefused(index: Int) async throws {
            let (flag, value, words) = Self.wrongValues[index]
            let byFlag = try await refusal(script: Scripts.steady, Self.host + ["\(flag)=\(value)"])
            #expect(byFlag.exitCode == 2 && byFlag.errors.contains(flag) && byFlag.errors.contains(words), "\(byFlag)")
            let variable = "CICADA_" + flag.dropFirst(2).uppercased().replacing("-", with: "_")
            let byVariable = try await refusal(script: Scripts.steady, Self.host, environment: [variable: value])
            #expect(byVariable.exitCode == 2 && byVariable.errors.contains(words), "\(byVariable)")
            if flag != "--csv" { #expect(byVariable.errors.contains(variable), "\(byVariable)") }
        }

        /// Not the value is wrong, but the machine too small.
        @Test func moreConnectionsThanDescriptorsAreToldAsSuch() async throws {
            let end = try await refusal(script: Scripts.steady, Self.host + ["--max-connections", "9999999"])
            #expect(end.exitCode == 3 && end.errors.contains("--max-connections is 9999999") && end.errors.contains("ulimit"), "\(end)")
        }

        @Test func aSwitchInTheEnvironmentIsTrueOrFalse() async throws {
            let end = try await refusal(script: Scripts.steady, Self.host, environment: ["CICADA_INSECURE": "perhaps"])
            #expect(end.exitCode == 2 && end.errors.contains("CICADA_INSECURE is 'perhaps'"), "\(end)")
        }

        @Test(arguments: [
            (["run"], "script"), (["run", "x.lua", "--userz", "3"], "--users"), (["runn"], "runn"), (["run", "a.lua", "b.lua"], "b.lua"),
            (["run", "a.lua", "--users"], "--users"),
        ])
        func anUnknownFlagOrMissingArgumentIsTold(arguments: [String], words: String) async throws {
            let end = try await cicada(arguments)
            #expect(end.exitCode == 2 && end.errors.contains(words) && end.output.isEmpty, "\(end)")
        }

        @Test func aResultFileThatCannotBeWrittenIsToldBeforeTheRun() async throws {
            for (path, words) in [("/no/such/r.json", "No such file or directory"), ("/tmp", "is a folder")] {
                let end = try await refusal(script: Scripts.steady, Self.host + ["--json", path])
                #expect(end.exitCode == 2 && end.errors.contains("--json") && end.errors.contains(words), "\(end)")
            }
        }

        @Test func theSlowestSpawnRateIsNoCrash() async throws {
            let (end, result) = try await Webapp.with { webapp in
                try CicadaRun(script: Scripts.steady, ["--host", webapp.url, "-u", "5", "-r", "1e-300", "-t", "300ms"]).finish()
            }
            #expect(end.exitCode == 0 && result.isConsistent, "\(end)")
            #expect(end.errors.contains("only 1 will have started"))
        }
    }
}
