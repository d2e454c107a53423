import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// Every example is run as its reader would run it, against sample-webapp.
    struct ExampleRunTests {
        private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "examples")
        private static let examples: [String] = {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
            return files.filter { $0.hasSuffix(".lua") }.sorted()
        }()

        @Test func thereAreExamples() { #expect(Self.examples.contains("sample-webapp.lua")) }

        @Test(arguments: Self.examples) func everyExampleRunsWithoutAFailure(name: String) async throws {
            let script = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            let (end, result, counted) = try await Webapp.with { webapp in
                let run = try CicadaRun(
                    script: script, ["--host", webapp.url, "--users", "50", "--spawn-rate", "50", "--run-time", "3s"])
                let (end, result) = try run.finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == 0 && result.reasons.isEmpty, "\(end)")
            #expect(result.isConsistent && counted == result.merged && result.merged >= 50, "\(counted) counted; \(end.output)")
            #expect(!end.output.contains("Exceptions"))
        }
    }
}
