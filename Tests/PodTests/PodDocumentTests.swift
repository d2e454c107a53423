import Foundation
import Testing

/// Holds the table in docs/lifecycle.md against the scenarios.
struct PodDocumentTests {
    private struct Row: Equatable, Comparable, CustomStringConvertible {
        var name: String
        var bound: Int
        var isShort: Bool

        var description: String { "\(name), \(bound) s\(isShort ? ", short" : "")" }
        static func < (one: Row, other: Row) -> Bool { one.name < other.name }
    }

    @Test func theTableOfBoundsIsThatOfTheScenarios() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/lifecycle.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## Pods, as tested\n").dropFirst().first)
        let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n").compactMap { line -> Row? in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7, cells[5].hasSuffix(" s"), let bound = Int(cells[5].dropLast(2)) else { return nil }
            let isShort = cells[1].hasSuffix(" *")
            return Row(name: isShort ? String(cells[1].dropLast(2)) : cells[1], bound: bound, isShort: isShort)
        }
        #expect(rows.sorted() == PodScenario.all.map { Row(name: $0.name, bound: Int($0.bound), isShort: $0.isShort) }.sorted())
    }
}
