import EventLoop
import LoadModel

/// What runs once in a run, `setup` and `teardown`: a step of a user that is none of the load.
extension EngineThread {
    /// Runs a step for a user of its own, with the first class's host, connections and profile.
    func runOnce(_ step: UserStep) {
        guard onceSlot == nil else { return }
        let code = StepCode(step)
        precondition(code.isOnce, "only setup and teardown run once")
        guard !isBroken else { return tell(.onceEnded(thread: index, .cutOff)) }
        let slot = takeSlot()
        progress[slot].spawn(userClass: 0, hasOnStart: false, due: MonotonicClock.nanoseconds())
        progress[slot].step = code
        onceSlot = slot
        users.create(slot: slot, userClass: 0, number: -1)
        begin(step, slot: slot)
    }

    /// The step has ended by itself.
    func endOnce(_ slot: Int, failed: Bool) {
        let exception = exchange.exception ?? ScriptException(place: settings.userClasses[0].name, message: fault ?? "an unknown error")
        let value = exchange.value
        exchange.exception = nil
        exchange.value = []
        endOnce(slot, failed ? .failed(exception) : .done(value: value))
    }

    /// The step has ended, and its user with it.
    func endOnce(_ slot: Int, _ end: OnceEnd) {
        users.destroy(slot: slot)
        transport.forget(slot: slot)
        free(slot)
        onceSlot = nil
        // After the last report nobody asks for another one.
        if hasReportedStop { sendReport() }
        tell(.onceEnded(thread: index, end))
    }

    /// Breaks off the step that runs, if there is one.
    func cutOffOnce() {
        guard let slot = onceSlot else { return }
        breakOff(slot)
        endOnce(slot, .cutOff)
    }
}
