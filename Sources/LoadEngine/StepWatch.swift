import LoadModel

/// A call into the script that has not come back yet.
package struct RunningStep: Sendable, Equatable {
    /// Tells one call of a thread from another.
    package var turn: Int
    /// Index into `EngineSettings.userClasses`.
    package var userClass: Int
    /// For a wait function the step before it.
    package var step: UserStep
    /// Since it was first seen, in nanoseconds.
    package var nanoseconds: Int64

    package init(turn: Int, userClass: Int, step: UserStep, nanoseconds: Int64) {
        self.turn = turn
        self.userClass = userClass
        self.step = step
        self.nanoseconds = nanoseconds
    }
}

/// Finds out from another thread what an engine thread is held up by. One for each watched thread; owned by who watches.
///
/// The engine thread reads no clock for this: it only shows which call it is in. How long that takes is measured from the look that saw
/// it first, so up to the time between two looks too short.
package struct StepWatch: Sendable {
    private var seen: (mark: StepMark, at: Int64)?

    package init() {}

    /// Looks at the thread's gauges at `now`, in nanoseconds of `MonotonicClock`. Answers the call into the script that it was in at an earlier
    /// look already and still is; nil: none.
    package mutating func look(at gauges: EngineGauges, now: Int64) -> RunningStep? {
        let mark = gauges.stepMark
        guard mark.isInStep else {
            seen = nil
            return nil
        }
        guard let seen, seen.mark == mark else {
            self.seen = (mark, now)
            return nil
        }
        return RunningStep(turn: mark.turn, userClass: mark.userClass, step: mark.step.step, nanoseconds: now - seen.at)
    }
}

/// Which call into the script a thread is in, in one word: 24 bits that count calls, 24 bits of step, 16 bits of user class.
struct StepMark: Equatable, Sendable {
    let word: UInt64

    /// In no call.
    static let none = StepMark(word: 0)

    init(word: UInt64) { self.word = word }

    /// `turn`: counts up from call to call.
    init(turn: UInt64, userClass: UInt16, step: StepCode) {
        // Codes from -4 upwards become numbers from 1 upwards: 0 is "no call".
        word = turn << 40 | UInt64(UInt32(truncatingIfNeeded: step.rawValue &+ 5) & 0xFF_FFFF) << 16 | UInt64(userClass)
    }

    var isInStep: Bool { step.rawValue > -5 }
    var turn: Int { Int(word >> 40) }
    var step: StepCode { StepCode(rawValue: Int32(truncatingIfNeeded: (word >> 16) & 0xFF_FFFF) - 5) }
    var userClass: Int { Int(word & 0xFFFF) }
}
