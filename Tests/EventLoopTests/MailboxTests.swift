import EventLoop
import Testing

@Suite(.serialized)
struct MailboxTests {
    @Test func wakesThePollerAndKeepsTheOrder() throws {
        let mailbox = try Mailbox<Int>()
        let poller = try Poller()
        #expect(poller.add(mailbox.descriptor, bits: Poller.readable, token: 42) == 0)
        #expect(poller.wait(nanoseconds: 0) == 0)
        let thread = try OSThread(name: "sender") { for i in 0..<10_000 { mailbox.post(i) } }
        var received: [Int] = []
        while received.count < 10_000 {
            let count = poller.wait(nanoseconds: 5_000_000_000)
            guard count == 1 else { break }
            #expect(poller.event(0).token == 42)
            received += mailbox.drain()
        }
        thread.join()
        #expect(received == Array(0..<10_000))
    }

    @Test func waitsWithNanosecondResolution() throws {
        let poller = try Poller()
        let start = MonotonicClock.nanoseconds()
        for _ in 0..<100 { _ = poller.wait(nanoseconds: 100_000) }
        let elapsed = MonotonicClock.nanoseconds() - start
        #expect(elapsed >= 10_000_000)
        // With whole milliseconds it would be 100 ms and more.
        #expect(elapsed < 80_000_000)
    }
}
