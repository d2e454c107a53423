import Foundation
import Glibc
import TestServers
import Testing

extension ProgramTests {
    /// `cicada demo`: tables, a comparison, and nothing left behind.
    struct DemoTests {
        private static let small = ["demo", "--users", "20", "--spawn-rate", "100", "--run-time", "2s"]

        @Test func theDemoRunsAndCompares() async throws {
            let end = try await CicadaCall.run(Self.small, environment: ["CICADA_USERS": "7", "CICADA_HOST": "http://127.0.0.1:1"])
            #expect(end.exitCode == 0, "\(end)")
            #expect(
                end.output.contains("nothing was lost.") && end.output.contains("/metrics") && end.output.contains(": 20 users"), "\(end)")
            let line = try #require(end.output.split(separator: "\n").first { $0.hasPrefix("demo: the server answered ") })
            let numbers = line.matches(of: #/\d+/#).compactMap { Int($0.output) }
            #expect(numbers.count == 3 && numbers[0] >= 20 && numbers[0] >= numbers[1] && numbers[0] <= numbers[1] + numbers[2], "\(line)")
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func theServerEndsWithTheDemo(signal: Int32) async throws {
            try await onOwnThread {
                let program = try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), ["demo", "-u", "5", "-r", "100"])
                #expect(program.writes("elapsed"), "\(program.errors)")
                let children = program.children
                #expect(children.count == 1)
                program.signal(signal)
                let end = try program.waitForEnd()
                #expect(end.exitCode == (signal == SIGKILL ? 128 + SIGKILL : 130), "\(end)")
                if signal != SIGKILL { #expect(end.output.contains("nothing was lost."), "\(end)") }
                for child in children { #expect(becomesTrue { !isAlive(child) }, "\(child) lives on") }
            }
        }

        @Test func theScriptIsThatOfTheExamples() throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let example = try String(contentsOf: root.appending(path: "examples/sample-webapp.lua"), encoding: .utf8)
            let source = try String(contentsOf: root.appending(path: "Sources/cicada/DemoScript.swift"), encoding: .utf8)
            for line in example.split(separator: "\n") { #expect(source.contains(line), "\(line)") }
        }

        @Test func aMissingServerIsNamed() async throws {
            let end = try await onOwnThread {
                let folder = try TestFolder()
                try FileManager.default.copyItem(atPath: RunningProgram.path(ofBuilt: "cicada"), toPath: "\(folder.path)/cicada")
                return try RunningProgram(path: "\(folder.path)/cicada", ["demo"], environment: ["PATH": "/nowhere"]).waitForEnd()
            }
            #expect(
                end.exitCode == 3 && end.errors.contains("sample-webapp, the server of the demo, is neither beside cicada nor in PATH"),
                "\(end)")
        }
    }
}
