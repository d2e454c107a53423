import TestServers
import Testing

struct LatencyDeckTests {
    @Test func eachThousandHasJustItsShares() throws {
        var deck = try #require(LatencyDeck(text: "1ms:400,5ms:350,20ms:150,50ms:75,100ms:25"))
        for _ in 0..<3 {
            let thousand = (0..<1000).map { _ in deck.next() }
            #expect(thousand.count { $0 == 1_000_000 } == 400)
            #expect(thousand.count { $0 == 100_000_000 } == 25)
            #expect(thousand.sorted() != thousand)
        }
        #expect(deck.value(atQuantile: 0.4) == 1_000_000)
        #expect(deck.value(atQuantile: 0.401) == 5_000_000)
        #expect(deck.value(atQuantile: 1) == 100_000_000)
        #expect(abs(deck.distanceToStep(fromQuantile: 0.66) - 0.09) < 1e-9)
    }

    @Test func aSeedIsAnOrder() {
        let orders = [UInt64(1), 1, 2].map { seed -> [Int64] in
            var deck = LatencyDeck([.init(nanoseconds: 1, thousandths: 500), .init(nanoseconds: 2, thousandths: 500)], seed: seed)
            return (0..<1000).map { _ in deck.next() }
        }
        #expect(orders[0] == orders[1] && orders[0] != orders[2])
    }

    @Test(arguments: ["", "5", "5ms:900", "5ms:x", "-1ms", "5ms:1000:1", "5ms:0,6ms:1000", "1e30s"])
    func whatIsNoDeckIsNil(text: String) { #expect(LatencyDeck(text: text) == nil) }

    @Test func times() {
        #expect(TimeText.nanoseconds("250us") == 250_000 && TimeText.nanoseconds("1.4s") == 1_400_000_000)
        #expect(TimeText.nanoseconds("5m") == nil && TimeText.nanoseconds("nans") == nil && TimeText.nanoseconds("3") == nil)
    }
}
