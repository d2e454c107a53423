import LoadModel
import Testing

struct ByteBufferTests {
    @Test func keepsWhatIsAppendedAcrossGrowth() {
        var buffer = ByteBuffer(capacity: 1)
        for i in 0..<1000 { buffer.append(UInt8(truncatingIfNeeded: i)) }
        #expect(buffer.count == 1000)
        #expect(Array(buffer.bytes) == (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        buffer.removeAll(keepingAtMost: 10)
        #expect(buffer.isEmpty)
        buffer.append("größer")
        #expect(buffer.text == "größer")
    }
}
