import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// docs/locust.md: every script of it is run, and its table names what they hold.
    struct LocustDocumentTests {
        private static let document =
            (try? String(
                contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                    .appending(path: "docs/locust.md"), encoding: .utf8)) ?? ""

        private static let scripts = document.matches(of: #/```lua\n((?s).*?)```/#).map { String($0.output.1) }

        @Test func thereAreScripts() { #expect(Self.scripts.count >= 3) }

        /// Each task once, with its requests answered as the script expects, and then as a load.
        @Test(arguments: scripts.indices) func scriptOfTheDocumentRuns(index: Int) async throws {
            let script = Self.scripts[index]
            let (debug, run, counted) = try await Webapp.with { webapp in
                let folder = try TestFolder()
                let path = try folder.file("s.lua", script)
                _ = try folder.file("accounts.csv", "name\njoe\nann\n")
                let debug = try CicadaCall.now(["run", "--debug", path, "--host", webapp.url])
                let run = try CicadaCall.now(
                    ["run", path, "--host", webapp.url, "--run-time", "2s"] + (script.contains("load {") ? [] : ["--users", "3"]),
                    environment: ["CICADA_EXIT_CODE_ON_INVALID": "0"])
                return (debug, run, try webapp.count())
            }
            #expect(debug.exitCode == 0 && debug.output.contains(" 0 failed, 0 exceptions"), "\(debug)")
            #expect(run.exitCode == 0 && !run.output.contains("Exceptions"), "\(run)")
            #expect(counted > 3)
        }

        /// What the right column of the table names stands in a script that is run.
        @Test func theTablesRightColumnIsRun() throws {
            let start = try #require(Self.document.range(of: "### Constructs one by one")?.upperBound)
            let end = try #require(Self.document[start...].range(of: "Each of the right column")?.lowerBound)
            let all = Self.scripts.joined(separator: "\n")
            let rows = Self.document[start..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }
            #expect(rows.count > 15)
            for row in rows {
                let cells = row.split(separator: "|").map(String.init)
                let right = try #require(cells.last)
                for code in right.matches(of: #/`([^`]+)`/#).map({ String($0.output.1) }) {
                    // The names of what is used: `leave`, `self.http:get`, `fixed_count`.
                    for name in code.matches(of: #/[a-z_]+(?:[.:][a-z_]+)*/#).map({ String($0.output) }) where name.count > 2 {
                        let isPart = ["name", "what", "why", "condition", "seconds", "end", "function", "return", "return"].contains(name)
                        #expect(isPart || all.contains(name), "\(code): \(name) is in no script of the page")
                    }
                }
            }
        }
    }
}
