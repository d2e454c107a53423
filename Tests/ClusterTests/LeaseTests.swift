import Testing

@testable import Cluster

struct LeaseTests {
    @Test func lastsFromTheSendingOfWhatWasAnswered() {
        var lease = Lease(length: 400, start: 100)
        #expect(!lease.hasLapsed(at: 499) && lease.hasLapsed(at: 500))
        lease.noteSent(1, at: 200)
        lease.noteSent(2, at: 300)
        let isLonger = lease.noteAnswered(2)
        #expect(isLonger && lease.expiry == 700)
        // The answer to an earlier one does not shorten it, and a second answer is none.
        let isLongerByOld = lease.noteAnswered(1)
        let isLongerAgain = lease.noteAnswered(2)
        #expect(!isLongerByOld && !isLongerAgain && lease.expiry == 700)
    }

    @Test func answersToWhatWasNeverSentChangeNothing() {
        var lease = Lease(length: 400, start: 0)
        let isLonger = lease.noteAnswered(9)
        #expect(!isLonger && lease.expiry == 400)
    }

    @Test func withoutALengthItNeverEnds() {
        var lease = Lease(length: nil, start: 0)
        lease.noteSent(1, at: 5)
        let isLonger = lease.noteAnswered(1)
        #expect(!isLonger && !lease.hasLapsed(at: .max - 1) && lease.sentCount == 0)
    }

    @Test func remembersABoundedNumberOfHeartbeats() {
        var lease = Lease(length: 400, start: 0)
        for sequence in 1...1000 { lease.noteSent(Int64(sequence), at: Int64(sequence)) }
        #expect(lease.sentCount <= 64)
        let isLonger = lease.noteAnswered(1000)
        #expect(isLonger && lease.expiry == 1400)
    }
}
