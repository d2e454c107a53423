import Accuracy
import ArgumentParser
import Foundation
import Glibc
import TestServers

/// Makes the checks.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Make the checks and print a table.",
        discussion: "Exit codes: 0 all bars were held, or within what the machine's own timers deviate, 1 one was not, 64 wrong options.")

    @Option(help: ArgumentHelp("Only these checks, with commas between them (default: all).", valueName: "names"))
    var only: String?

    @Flag(help: "Fewer and shorter runs with wider bars, as in the tests.")
    var part = false

    @Flag(help: "Run other load testers against the same servers, too.")
    var peers = false

    @Option(help: ArgumentHelp("Write the page, with the table, to this file.", valueName: "file"))
    var page: String?

    mutating func validate() throws {
        let known = AccuracySuite.checks.map(\.name)
        for name in names where !known.contains(name) {
            throw ValidationError("There is no check '\(name)'. There are: \(known.joined(separator: ", ")).")
        }
    }

    private var names: [String] { only.map { $0.split(separator: ",").map(String.init) } ?? [] }

    func run() throws {
        let start = monotonicSeconds()
        let bench = try Workbench(effort: part ? .part : .whole)
        let table = AccuracySuite.run(only: names, bench) { line in
            print("accuracy: \(line)")
            fflush(nil)
        }
        var comparison = ""
        if peers {
            do { comparison = try PeerComparison.page(bench) } catch { comparison = "The comparison could not be made: \(error)\n" }
        }
        let seconds = monotonicSeconds() - start
        print("\n\(table.text)\n\(comparison)")
        print("accuracy: \(table.summary), in \(Figures.number(seconds / 60)) minutes")
        if let page {
            try AccuracyPage.text(table: table, comparison: comparison, seconds: seconds).write(
                toFile: page, atomically: true, encoding: .utf8)
        }
        if !table.isHeld { throw ExitCode(1) }
    }
}
