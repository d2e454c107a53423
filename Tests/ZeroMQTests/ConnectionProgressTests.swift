import CZeroMQ
import Testing

@testable import ZeroMQ

struct ConnectionProgressTests {
    private func events(_ kinds: [Int32], value: Int = 0) -> [LinkEvent] {
        var progress = ConnectionProgress(address: "m:1")
        return kinds.compactMap { progress.event($0, value: UInt32(value)) }
    }

    private let nobody = LinkEvent.unreachable("nobody answers at m:1")
    private let unknown = LinkEvent.unreachable("the host of m:1 is not known")

    @Test func connectionIsMadeAndLostAndNotFoundAgain() {
        let kinds = [
            ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CONNECTED, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, ZMQ_EVENT_DISCONNECTED,
            ZMQ_EVENT_CONNECT_RETRIED,
            ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CLOSED, ZMQ_EVENT_CONNECT_RETRIED,
        ]
        #expect(events(kinds) == [.connected, .disconnected, nobody, nobody])
    }

    @Test func hostThatIsNotKnownIsNeverTried() {
        #expect(events([ZMQ_EVENT_CONNECT_RETRIED, ZMQ_EVENT_CONNECT_RETRIED]) == [unknown, unknown])
    }

    @Test func refusalIsToldOnceForEachConnection() {
        let attempt = [ZMQ_EVENT_CONNECTED, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, ZMQ_EVENT_DISCONNECTED, ZMQ_EVENT_CONNECT_RETRIED]
        let told = events(attempt + attempt, value: 400)
        #expect(told.count == 2 && told[0] == told[1])
        #expect("\(told[0])".contains("does not know our key"))
    }

    @Test func otherProtocolIsNoMaster() {
        #expect(events([ZMQ_EVENT_CONNECTED, ZMQ_EVENT_DISCONNECTED]) == [.refused("what listens at m:1 is no Cicada master")])
    }

    @Test func reasonsOfProtocolFailuresAreInWords() {
        let mismatch = events(
            [ZMQ_EVENT_CONNECTED, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL], value: Int(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH))
        #expect("\(mismatch)".contains("--plain"))
        let key = events([ZMQ_EVENT_CONNECTED, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL], value: Int(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC))
        #expect("\(key)".contains("join token"))
    }
}
