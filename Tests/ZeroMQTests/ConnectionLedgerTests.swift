import Testing

@testable import ZeroMQ

struct ConnectionLedgerTests {
    @Test func failureIsOfTheConnectionThatEndsNext() {
        var ledger = ConnectionLedger()
        ledger.accepted(7, from: "192.0.2.1")
        ledger.accepted(8, from: "192.0.2.2")
        ledger.failed(.otherMaster)
        #expect(ledger.disconnected(7) == .refused(.otherMaster, address: "192.0.2.1"))
        #expect(ledger.disconnected(8) == .refused(.stranger, address: "192.0.2.2"))
    }

    @Test func whoHasSpokenWasLetIn() {
        var ledger = ConnectionLedger()
        ledger.accepted(7, from: "192.0.2.1")
        ledger.succeeded()
        ledger.spoke(7)
        ledger.spoke(7)
        ledger.accepted(8, from: "192.0.2.2")
        #expect(ledger.disconnected(8) == .refused(.stranger, address: "192.0.2.2"))
        #expect(ledger.disconnected(7) == .known)
        #expect(ledger.disconnected(7) == .refused(.stranger, address: nil), "the descriptor is another connection's now")
    }

    @Test func whoWasLetInAndLeftWithoutAWordIsNoRefusal() {
        var ledger = ConnectionLedger()
        ledger.accepted(7, from: "192.0.2.1")
        ledger.succeeded()
        #expect(ledger.disconnected(7) == .known)
    }

    @Test func refusedKeyIsNotToldTwice() {
        var ledger = ConnectionLedger()
        ledger.accepted(7, from: "192.0.2.1")
        ledger.refusedKey()
        #expect(ledger.disconnected(7) == .known)
        ledger.accepted(7, from: "192.0.2.1")
        #expect(ledger.disconnected(7) == .refused(.stranger, address: "192.0.2.1"))
    }
}
