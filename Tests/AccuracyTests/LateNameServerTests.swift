import Testing

@testable import TestServers

struct LateNameServerTests {
    /// A question for `a.test`.
    private static func query(type: UInt8) -> [UInt8] {
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, type, 0, 1]
    }

    @Test func everyNameIsThisMachine() {
        let reply = LateNameServer.answer(to: Self.query(type: 1))
        #expect(reply[..<2] == [0x12, 0x34] && reply[7] == 1)
        #expect(reply.suffix(4) == [127, 0, 0, 1])
        #expect(Array(reply[12..<24]) == Array(Self.query(type: 1)[12...]))
    }

    @Test func otherQuestionsHaveNoRecord() {
        let reply = LateNameServer.answer(to: Self.query(type: 28))
        #expect(reply[7] == 0 && reply.count == Self.query(type: 28).count)
    }

    /// Lengths that point beyond the query, and queries without a question.
    @Test func brokenQueriesAreAnsweredWithoutARecord() {
        for query in [Array(Self.query(type: 1)[..<12]), Array(Self.query(type: 1)[..<15]), [UInt8](repeating: 255, count: 12 + 5)] {
            #expect(LateNameServer.answer(to: query).count >= 12)
        }
    }
}
