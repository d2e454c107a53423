import LoadModel
import Statistics
import Testing

@testable import Wire

struct CellBytesTests {
    private func decode(_ bytes: [UInt8]) -> [HistogramCell]? { bytes.withUnsafeBytes { CellBytes.decode($0) } }

    @Test func aCellIsTwoBytesWhereBucketsLieClose() {
        let cells = [HistogramCell(key: 5, count: 1), HistogramCell(key: 9, count: 127), HistogramCell(key: 137, count: 128)]
        #expect(CellBytes.encode(cells) == [5, 1, 4, 127, 0x80, 0x01, 0x80, 0x01])
        #expect(CellBytes.encode([]).isEmpty)
        #expect(decode([]) == [])
    }

    /// Every mixture of short and long cells meets the ways through the decoder in another order.
    @Test func cellsComeBackAsTheyWere() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<300 {
            let widest = UInt32.random(in: 0...24, using: &random)
            var key: UInt32 = 0
            var cells: [HistogramCell] = []
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                let step = UInt32.random(in: 0...UInt32.max, using: &random) >> UInt32.random(in: (32 - widest - 1)...31, using: &random)
                let (next, overflow) = key.addingReportingOverflow(step)
                if overflow { break }
                key = next
                let count = max(1, UInt32.random(in: 0...UInt32.max, using: &random) >> UInt32.random(in: 0...31, using: &random))
                cells.append(HistogramCell(key: key, count: Bool.random(using: &random) ? 1 : count))
            }
            #expect(decode(CellBytes.encode(cells)) == cells)
        }
        let extremes = [HistogramCell(key: .max, count: .max), HistogramCell(key: .max, count: 1)]
        #expect(decode(CellBytes.encode(extremes)) == extremes)
    }

    @Test(
        arguments: [
            [1], [0x80, 1], [1, 0x80], [1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 1],
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 1], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 1, 1],
        ] as [[UInt8]]) func damagedBytesAreNoCells(bytes: [UInt8])
    { #expect(decode(bytes) == nil) }
}
