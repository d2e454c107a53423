import EventLoop
import Glibc
import LoadEngine
import LoadModel
import Scripting
import Wire
import ZeroMQ

/// A run on this machine alone: a master on the calling thread and a worker on another, which talk by mailbox instead of sockets. There is no other
/// path of execution.
package struct LocalRun {
    private let plan: RunPlan
    private let version: String
    private let dropsDelta: Int?

    /// `version`: of the program; `dropsDelta`: see `Outbox`.
    package init(plan: RunPlan, version: String, dropsDelta: Int? = nil) {
        self.plan = plan
        self.version = version
        self.dropsDelta = dropsDelta
    }

    /// Runs the plan until it is over.
    ///
    /// Where `RunOutcome.areWorkersStopped` is false, threads may still be running: end the process with `_exit`.
    /// Throws when the system has no descriptor or thread left before the run has begun.
    package func run(face: MasterFace) throws -> RunOutcome {
        let reports = try Mailbox<WorkerMessage>()
        let orders = try Mailbox<MasterMessage>()
        let link = LocalWorkerLink(orders: orders, report: { reports.post($0) })
        let identity = WorkerIdentity.ofThisProcess(version: version, session: LocalMasterLink.worker.session)
        let settings = WorkerSettings(dropsDelta: dropsDelta)
        let thread = try OSThread(name: "cicada-worker") {
            do {
                let loop = try WorkerLoop(
                    identity: identity, settings: settings, link: link,
                    makeUsers: { plan, seed, print in try LuaUsers(plan: plan, seed: seed, log: print) }, say: { _ in })
                _ = loop.run(signals: nil)
            } catch {
                reports.post(.failed("\(error)"))
            }
        }
        let bytes = plan.encoded()
        let settingsOfMaster = MasterSettings(
            run: RandomBytes.uint64() | 1, version: version, planBytes: bytes, planHash: SHA256.hash(bytes))
        let state = MasterState(plan: plan, settings: settingsOfMaster, now: MonotonicClock.nanoseconds())
        var master = MasterRun(state: state, link: LocalMasterLink(reports: reports, orders: orders), face: face)
        let outcome = try master.run()
        if outcome.areWorkersStopped { thread.join() }
        return outcome
    }
}

/// What a worker says of itself and its machine.
package enum WorkerIdentity {
    /// This process's. Raises its limit of descriptors as far as it may.
    package static func ofThisProcess(version: String, session: UInt64) -> WorkerHello {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let memory = MemoryLimit()
        var hello = WorkerHello(
            version: version, protocolVersion: Protocol.version, session: session, host: host, processIdentifier: Int(getpid()),
            cores: OSThread.availableCores, descriptors: DescriptorLimit.raiseAndCountFree(), memoryBytes: memory.freeBytes)
        hello.machine.memoryLimitBytes = memory.groupBytes
        hello.machine.quotaCores = CPUQuota().cores
        hello.machine.ports = LocalPorts.count()
        hello.machine.node = variable("CICADA_NODE_NAME")
        hello.machine.pod = variable("CICADA_POD_NAME")
        return hello
    }

    /// What Kubernetes tells a container of its surroundings, in one line of a length that fits a table; nil: nothing.
    private static func variable(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        // Names of nodes and pods are names of hosts.
        return String(text.prefix(253).map { $0.isNewline ? " " : $0 })
    }
}
