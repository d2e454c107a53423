import Foundation
import Testing

@testable import Cluster

/// The program's memory comes from jemalloc, also what C libraries ask `malloc` for, and what is freed goes back.
@Suite("Spare memory", .serialized)
struct SpareMemoryTests {
    @Test("what C's malloc gives is jemalloc's")
    func whoseMemory() throws {
        let before = SpareMemory.takenByThread()
        try #require(before >= 0)
        let memory = try #require(malloc(3 << 20))
        defer { free(memory) }
        // Written to, or the compiler leaves it out.
        memset(memory, 1, 3 << 20)
        #expect(SpareMemory.takenByThread() - before >= 3 << 20)
    }

    @Test("freed memory is given back to the system")
    func givenBack() throws {
        // Many small pieces, as the rewriting of a log leaves them: pages that malloc keeps for the next ones.
        let pieces = (0..<64 * 1024).compactMap { _ in malloc(1024) }
        for piece in pieces { memset(piece, 1, 1024) }
        let held = try residentBytes()
        for piece in pieces { free(piece) }
        SpareMemory.giveBack()
        let left = try residentBytes()
        #expect(pieces.count == 64 * 1024)
        #expect(held - left > 48 << 20, "\(held >> 20) MiB before, \(left >> 20) MiB after")
    }

    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return try #require(Int(pages)) * Int(getpagesize())
    }
}
