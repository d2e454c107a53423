import LoadModel
import Testing

struct ByteBufferTests {
    @Test func keepsWhatIsAppendedAcrossGrowth() {
        var buffer = ByteBuffer(capacity: 1)
        for i in 0..<1000 { buffer.append(UInt8(truncatingIfNeeded: i)) }
        let held = Array(buffer.bytes)
        #expect(held == (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        buffer.removeAll(keepingAtMost: 10)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        buffer.append("größer")
        let text = buffer.text
        #expect(text == "größer")
    }
}
