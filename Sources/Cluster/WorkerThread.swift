import EventLoop
import LoadEngine
import LoadModel

/// A worker on a thread of its own: carries out what `WorkerState` decides, and owns the engine threads.
///
/// The heartbeat of the run never waits for an engine thread, nor an engine thread for it: they talk by mailbox.
package final class WorkerThread<Users: VirtualUsers & SendableMetatype>: Sendable {
    private enum Input: Sendable {
        case message(MasterMessage)
        case engineStarted
        case engineFailed(String)
        case report(EngineReport)
    }

    private let inbox: Mailbox<Input>
    private let makeUsers: @Sendable (RunPlan) throws -> Users
    private let send: @Sendable (WorkerMessage) -> Void

    /// `makeUsers` is called once on each engine thread; `send` is called on the worker's thread and must not block.
    package init(
        makeUsers: @escaping @Sendable (RunPlan) throws -> Users, send: @escaping @Sendable (WorkerMessage) -> Void
    ) throws {
        inbox = try Mailbox()
        self.makeUsers = makeUsers
        self.send = send
    }

    /// Hands the worker a message of its master. Any thread.
    package func deliver(_ message: MasterMessage) { inbox.post(.message(message)) }

    /// Starts the worker's thread; it ends after `quit` or after the last delta.
    package func start() throws -> OSThread {
        let poller = try Poller()
        poller.add(inbox.descriptor, bits: Poller.readable, token: 0)
        nonisolated(unsafe) let owned = poller  // used by the new thread alone
        return try OSThread(name: "cicada-worker") { self.run(owned) }
    }

    private func run(_ poller: Poller) {
        var state = WorkerState()
        var engines: [Mailbox<EngineCommand>] = []
        var threads: [OSThread] = []
        var starting = 0
        var hasEnded = false
        var actions: [WorkerAction] = []
        while !hasEnded {
            let now = MonotonicClock.nanoseconds()
            let deadline = state.nextDeadline
            if let deadline, now >= deadline {
                actions += state.event(.tick, now: now)
            } else if poller.wait(nanoseconds: deadline.map { $0 - now } ?? -1) > 0 {
                for input in inbox.drain() {
                    let now = MonotonicClock.nanoseconds()
                    switch input {
                    case .message(let message): actions += state.event(.message(message), now: now)
                    case .report(let report): actions += state.event(.report(report), now: now)
                    case .engineFailed(let reason): actions += state.event(.enginesFailed(reason), now: now)
                    case .engineStarted:
                        starting -= 1
                        if starting == 0 { actions += state.event(.enginesStarted, now: now) }
                    }
                }
            }
            for action in actions {
                switch action {
                case .startEngines(let plan):
                    starting = plan.engineThreads
                    do {
                        for index in 0..<plan.engineThreads {
                            let commands = try Mailbox<EngineCommand>()
                            engines.append(commands)
                            threads.append(try startEngine(index: index, plan: plan, commands: commands))
                        }
                    } catch {
                        inbox.post(.engineFailed("\(error)"))
                    }
                case .order(let thread, let command): engines[thread].post(command)
                case .send(let message): send(message)
                case .endEngines: hasEnded = true
                }
            }
            actions.removeAll(keepingCapacity: true)
        }
        for engine in engines { engine.post(.end) }
        for thread in threads { thread.join() }
    }

    private func startEngine(index: Int, plan: RunPlan, commands: Mailbox<EngineCommand>) throws -> OSThread {
        let inbox = inbox
        let makeUsers = makeUsers
        return try OSThread(name: "cicada-engine-\(index)") {
            do {
                var settings = EngineSettings(userClasses: plan.scenario.userClasses, seed: plan.seed &+ UInt64(index) &* 0x9e37_79b9)
                settings.connectionCap = max(1, (plan.connectionCap + index) / plan.engineThreads)
                settings.transport = plan.transport
                let engine = try EngineThread(
                    index: index, settings: settings, users: try makeUsers(plan), commands: commands,
                    report: { inbox.post(.report($0)) })
                inbox.post(.engineStarted)
                engine.run()
            } catch {
                inbox.post(.engineFailed("engine thread \(index): \(error)"))
            }
        }
    }
}
