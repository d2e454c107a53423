import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// Every example is run as its reader would run it: against sample-webapp where its comment names that, otherwise against the imaginary
    /// shop of the others.
    struct ExampleRunTests {
        private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "examples")
        private static let examples: [String] = {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
            return files.filter { $0.hasSuffix(".lua") }.sorted()
        }()

        private static func usesWebapp(_ name: String) -> Bool {
            (try? String(contentsOf: folder.appending(path: name), encoding: .utf8))?.contains("--   sample-webapp &\n") ?? false
        }

        @Test func thereAreExamplesOfEveryLoadModel() throws {
            let texts = try Self.examples.map { try String(contentsOf: Self.folder.appending(path: $0), encoding: .utf8) }
            for field in ["stages = ", "shape = waves", "arrival_rate = ", "thresholds {"] {
                #expect(texts.contains { $0.contains(field) }, "\(field)")
            }
        }

        @Test func thereAreExamplesForBothServers() {
            #expect(Self.examples.contains("sample-webapp.lua") && Self.examples.count > 10)
            #expect(Self.examples.contains(where: Self.usesWebapp) && !Self.examples.allSatisfy(Self.usesWebapp))
        }

        @Test(arguments: examples.filter(usesWebapp)) func exampleRunsAgainstSampleWebapp(name: String) async throws {
            let path = Self.folder.appending(path: name).path()
            let (end, result, counted) = try await Webapp.with { webapp in
                let (end, result) = try Self.run(path, host: webapp.url)
                return (end, result, try webapp.count())
            }
            Self.check(end, result, counted: counted)
        }

        @Test(.enabled(if: Nginx.path != nil), arguments: examples.filter { !usesWebapp($0) })
        func exampleRunsAgainstItsShop(name: String) async throws {
            let path = Self.folder.appending(path: name).path()
            let (end, result, counted) = try await onOwnThread {
                let shop = try ExampleShop()
                let (end, result) = try Self.run(path, host: shop.url)
                return (end, result, try shop.count())
            }
            // The server counts each hop of a redirect, and what setup and teardown send.
            #expect(counted >= result.merged, "\(counted) counted")
            Self.check(end, result, counted: nil)
        }

        private static func run(_ path: String, host: String) throws -> (end: RunningProgram.End, result: ResultFile) {
            // One that says how much load there is keeps its own.
            let saysLoad = try String(contentsOfFile: path, encoding: .utf8).contains("\nload {")
            let load = saysLoad ? [] : ["--users", "20", "--spawn-rate", "50"]
            let run = try CicadaRun(path: path, ["--host", host, "--run-time", "4s"] + load)
            return try run.finish()
        }

        private static func check(_ end: RunningProgram.End, _ result: ResultFile, counted: Int?) {
            #expect(end.exitCode == 0 && result.reasons.isEmpty, "\(end)")
            #expect(result.exceptions.isEmpty && !end.output.contains("Exceptions"), "\(end.output)")
            #expect(result.isConsistent && result.merged >= 20, "\(end.output)")
            if let counted { #expect(counted == result.merged, "\(counted) counted; \(end.output)") }
        }
    }
}
