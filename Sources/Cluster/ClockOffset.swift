import Wire

/// How far the master's monotonic clock is ahead of this worker's, by heartbeats and their answers. Pure.
///
/// An answer says what the master's clock showed between the sending and the coming; so the offset is known up to half of that time, whatever the two
/// ways took. The quickest answer says the most (Cristian 1989; RFC 5905, section 8). Two good clocks drift apart by 100 ppm at most, so that an answer
/// of long ago says less. Only ever used to say how well workers began together: no sample is moved by it.
struct ClockOffset {
    /// What one answer says.
    struct Estimate: Equatable {
        /// On the worker's clock.
        var at: Int64
        /// The master's clock less the worker's.
        var offset: Int64
        /// Half of the time between the sending and the answer.
        var half: Int64

        /// How far off it may be at another moment.
        func uncertainty(at moment: Int64) -> Int64 { half + (max(moment, at) - min(moment, at)) / ClockOffset.driftDivisor }
    }

    /// Clocks drift apart by a nanosecond in so many at most.
    private static let driftDivisor: Int64 = 10_000
    /// Answers to what was sent longer ago than so many heartbeats are not waited for.
    private static let mostSent: Int64 = 64

    private var sent: [Int64: Int64] = [:]
    private(set) var best: Estimate?
    /// The run's start as this worker has it, on its own clock.
    private(set) var began: Int64?

    /// A heartbeat goes out.
    mutating func noteSent(_ sequence: Int64, at now: Int64) {
        sent[sequence] = now
        sent[sequence - Self.mostSent] = nil
    }

    /// Its answer has come: the master's clock showed `clock`.
    mutating func noteAnswered(_ sequence: Int64, clock: Int64, now: Int64) {
        guard let sentAt = sent.removeValue(forKey: sequence), now >= sentAt else { return }
        let half = (now - sentAt + 1) / 2
        let (offset, isTooLarge) = clock.subtractingReportingOverflow(sentAt + half)
        guard !isTooLarge else { return }
        let estimate = Estimate(at: now, offset: offset, half: half)
        // It is the moment of the beginning that counts; before it is known, now.
        let moment = began ?? now
        if let best, best.uncertainty(at: moment) <= estimate.uncertainty(at: moment) { return }
        best = estimate
    }

    /// The run began at `start` of this worker's clock, as its first order said.
    mutating func noteBegan(_ start: Int64) { began = began ?? start }

    /// Another master may answer from now on, or the same one over another way.
    mutating func forgetAnswers() {
        best = nil
        sent = [:]
    }

    /// What the master is to know; nil: nothing yet.
    var reading: ClockReading? {
        guard let began, let best else { return nil }
        return ClockReading(beganNanoseconds: began, offsetNanoseconds: best.offset, uncertaintyNanoseconds: best.uncertainty(at: began))
    }
}
