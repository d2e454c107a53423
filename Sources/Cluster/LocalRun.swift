import EventLoop
import LoadModel
import Scripting
import Statistics

/// A run on this machine alone: a master and one worker that talk by mailbox instead of sockets. There is no other path of execution.
package struct LocalRun {
    /// What there is to show while a run goes on.
    package struct Progress {
        package var result: RunResult
        package var elapsedNanoseconds: Int64
        package var users: Int
        package var openConnections: Int
        /// True once the stop was ordered.
        package var isStopping: Bool
    }

    /// What a run leaves behind.
    package struct Outcome {
        package var result: RunResult
        package var ending: RunEnding
        /// From the first user's start to the stop.
        package var elapsedNanoseconds: Int64
        /// The worst delay of an engine loop.
        package var worstLagNanoseconds: Int64
    }

    private enum Input: Sendable {
        case worker(WorkerMessage)
        case log(String)
    }

    private let plan: RunPlan

    package init(plan: RunPlan) { self.plan = plan }

    /// Runs the plan on the calling thread until it is over, and calls `show` about once a second.
    ///
    /// `signals`: where SIGINT and SIGTERM come in; the first one stops the run in order, the second one cuts off what is under way. `log` gets what the
    /// script prints, a line at a time; `interrupted` is called when the first signal has stopped the run.
    /// After the second signal, or when the worker does not answer any more, its threads may still be running: end the process with `_exit`.
    /// Throws when the system has no descriptor or thread left before the run has begun.
    package func run(
        signals: SignalInbox?, log: (String) -> Void, interrupted: () -> Void, show: (Progress) -> Void
    ) throws -> Outcome {
        let inbox = try Mailbox<Input>()
        let poller = try Poller()
        poller.add(inbox.descriptor, bits: Poller.readable, token: 0)
        if let signals { poller.add(signals.descriptor, bits: Poller.readable, token: 1) }
        let worker = try WorkerThread(
            makeUsers: { plan in try LuaUsers(script: plan.script, log: { inbox.post(.log($0)) }) },
            send: { inbox.post(.worker($0)) })
        let thread = try worker.start()
        worker.deliver(.plan(plan))

        var state = MasterState(plan: plan)
        var isOver = false
        var interruptions = 0
        while !isOver {
            var actions: [MasterAction] = []
            let now = MonotonicClock.nanoseconds()
            if let deadline = state.nextDeadline, now >= deadline {
                actions += state.event(.tick, now: now)
            } else {
                let count = poller.wait(nanoseconds: state.nextDeadline.map { $0 - now } ?? -1)
                for position in 0..<count {
                    if poller.event(position).token == 1 {
                        if interruptions == 0 { interrupted() }
                        for _ in 0..<(signals?.take() ?? 0) {
                            interruptions += 1
                            actions += state.event(.interrupted, now: MonotonicClock.nanoseconds())
                        }
                    } else {
                        for input in inbox.drain() {
                            switch input {
                            case .worker(let message): actions += state.event(.message(message), now: MonotonicClock.nanoseconds())
                            case .log(let line): log(line)
                            }
                        }
                    }
                }
            }
            for action in actions {
                switch action {
                case .send(let message): worker.deliver(message)
                case .progress:
                    show(
                        Progress(
                            result: state.result, elapsedNanoseconds: state.elapsed(now: MonotonicClock.nanoseconds()), users: state.users,
                            openConnections: state.openConnections, isStopping: state.stoppedAt != nil))
                case .finish: isOver = true
                }
            }
        }
        // A thread that is caught in an endless loop of the script would never end; the process's end takes it along.
        if state.isWorkerStopped { thread.join() }
        return Outcome(
            result: state.result, ending: state.ending ?? .interrupted,
            elapsedNanoseconds: state.elapsed(now: MonotonicClock.nanoseconds()),
            worstLagNanoseconds: state.worstLag.maximumNanoseconds)
    }
}
