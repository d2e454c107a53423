import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `--help`: fits a terminal of 80 columns and teaches.
    struct HelpTests {
        private static let commands = [
            ["run"], ["master"], ["worker"], ["new"], ["import"], ["import", "curl"], ["import", "har"], ["validate"], ["export"],
            ["export", "locustfile"], ["demo"], ["scale"],
            ["workers"], ["report"], ["token"], ["token", "new"], ["token", "show"], ["completion"],
        ]

        private func help(_ command: [String]) async throws -> RunningProgram.End {
            try await CicadaCall.run(command + ["--help"], environment: ["COLUMNS": "80"])
        }

        @Test(arguments: [[]] + commands) func linesFitIntoEightyColumns(command: [String]) async throws {
            let end = try await help(command)
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
            for line in end.output.split(separator: "\n") { #expect(line.count <= 80, "\(command): \(line)") }
        }

        @Test(arguments: commands) func everyCommandHasAnExampleAndSaysWhereThereIsMore(command: [String]) async throws {
            let text = try await help(command).output
            #expect(text.contains("Example") && text.contains("cicada \(command[0])"), "\(text)")
            let paths = text.matches(of: #/(docs\/[a-z-]+\.md|README\.md)/#).map { String($0.output.1) }
            #expect(!paths.isEmpty, "\(text)")
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            for path in paths { #expect(FileManager.default.fileExists(atPath: root.appending(path: path).path()), "\(path)") }
        }

        @Test func misspeltCommandsAreUnderstood() async throws {
            for arguments in [["rnu"], ["help", "rnu"], ["rnu", "s.lua"]] {
                let end = try await CicadaCall.run(arguments)
                #expect(end.exitCode == 2 && end.errors == "cicada: there is no command 'rnu'.\n    did you mean 'run'?\n", "\(end)")
            }
            #expect(try await CicadaCall.run(["help", "run"]).exitCode == 0)
            let demo = try await help(["demo"]).output
            #expect(demo.components(separatedBy: "1000").count == 2 && !demo.contains("--time "), "\(demo)")
        }

        @Test(arguments: [[], ["--help"], ["-h"], ["help"]]) func theRootFitsOnAScreen(arguments: [String]) async throws {
            let end = try await CicadaCall.run(arguments)
            let lines = end.output.split(separator: "\n", omittingEmptySubsequences: false)
            // The last line ends the text, and the shell's prompt needs one.
            #expect(end.exitCode == 0 && lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(end)")
            #expect(end.output.contains("Quick start") && end.output.contains("\n  completion  "), "\(end)")
        }

        @Test func theRootGroupsCommandsAndBeginsWithAQuickStart() async throws {
            let text = try await help([]).output
            for words in ["cicada demo", "cicada new shop.lua", "cicada run shop.lua"] { #expect(text.contains(words), "\(text)") }
            for command in Self.commands { #expect(text.contains("\n  \(command[0]) "), "\(command)") }
        }

        /// Every command stands in docs/commands.md, with a real call.
        @Test func theDocumentShowsEveryCommand() throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let document = try String(contentsOf: root.appending(path: "docs/commands.md"), encoding: .utf8)
            for command in Self.commands { #expect(document.contains("$ cicada \(command.joined(separator: " "))"), "\(command)") }
        }
    }
}
