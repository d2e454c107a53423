import Foundation
import Testing

@testable import Cluster

struct SpareMemoryTests {
    @Test func whatMallocGivesIsFromJemalloc() throws {
        let before = SpareMemory.takenByThread()
        try #require(before >= 0)
        let memory = try #require(malloc(3 << 20))
        defer { free(memory) }
        // Written to, or the compiler leaves it out.
        memset(memory, 1, 3 << 20)
        #expect(SpareMemory.takenByThread() - before >= 3 << 20)
    }

    @Test func whatWasFreedGoesBackToTheSystem() throws {
        // 64 MiB in small pieces, as the rewriting of a log leaves them: malloc would keep their pages for others.
        let pieces = (0..<64 * 1024).compactMap { _ in malloc(1024) }
        for piece in pieces { memset(piece, 1, 1024) }
        let sample = stride(from: 0, to: pieces.count, by: 16).map { UInt(bitPattern: pieces[$0]) }
        try #require(sample.count == 4096)
        let held = sample.count(where: isInMemory)
        for piece in pieces { free(piece) }
        SpareMemory.giveBack()
        let left = sample.count(where: isInMemory)
        #expect(held == sample.count && left < sample.count / 4, "\(held) pages before, \(left) after")
    }

    /// Whether the system has memory behind an address. By page and not by the size of the process, since other tests run meanwhile.
    private func isInMemory(_ address: UInt) -> Bool {
        let page = UInt(getpagesize())
        var state: UInt8 = 0
        return mincore(UnsafeMutableRawPointer(bitPattern: address / page * page), Int(page), &state) == 0 && state & 1 == 1
    }
}
