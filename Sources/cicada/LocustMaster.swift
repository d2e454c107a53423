import Cluster
import EventLoop
import Glibc
import LoadModel
import LocustLink
import ZeroMQ

/// `cicada master --locust-port`: what a run with Locust's workers is made of. Everything is checked here, before the run.
struct LocustMaster {
    let port: Int
    let classes: LocustClasses
    /// The locustfile's own options.
    private let options: [String: String]

    /// Nil: no Locust workers are wanted. Throws a `Failure` when something is given that Locust's workers cannot do.
    init?(_ locust: LocustOptions, script: String?, state: String?, listen: ListenOptions, options: RunOptions) throws {
        let portSetting = Setting("--locust-port", locust.locustPort)
        let classesSetting = Setting("--locust-classes", locust.locustClasses)
        let optionSetting = Setting("--locust-option", locust.locustOption.isEmpty ? nil : locust.locustOption.joined(separator: "\n"))
        guard portSetting.text != nil || classesSetting.text != nil else {
            if optionSetting.text != nil {
                throw Failure.usage("\(optionSetting.source) is for Locust's workers: give --locust-classes too.")
            }
            return nil
        }
        let given = portSetting.text != nil ? portSetting : classesSetting
        // Locust has one port, so whoever is used to it says --master-bind-port.
        let ownPort = Setting("--port", listen.port)
        port = try (portSetting.text != nil ? portSetting : ownPort).integer(0...65535, default: ListenOptions.port)
        if let own = ownPort.origin, let locusts = portSetting.origin, own.rawValue >= locusts.rawValue,
            try ownPort.integer(0...65535, default: ListenOptions.port) != port
        {
            throw Failure.usage("\(portSetting.source) and \(ownPort.source) name two ports: leave one out.")
        }
        if let script {
            throw Failure.usage(
                "\(given.source) is for Locust's workers, which have a locustfile of their own: leave the script \(script) out, or the option."
            )
        }
        try Self.refuse(state: state, listen: listen, options: options)
        classes = try LocustClasses(classesSetting)
        var values: [String: String] = [:]
        for line in optionSetting.text?.split(separator: "\n") ?? [] {
            guard let separator = line.firstIndex(of: "="), separator > line.startIndex else {
                throw optionSetting.wrong("name=value, as in --locust-option tenant=blue")
            }
            // As Python's argparse names it.
            let name = line[..<separator].drop { $0 == "-" }.map { $0 == "-" ? "_" : $0 }
            values[String(name)] = String(line[line.index(after: separator)...])
        }
        self.options = values
    }

    /// What the plan cannot have, and why.
    private static func refuse(state: String?, listen: ListenOptions, options: RunOptions) throws {
        let (own, arrivals, load) = (options.connections, options.arrivals, options.load)
        let requests = "requests are the locustfile's own"
        let users = "Locust's workers are told how many users to have, and nothing else"
        let settings: [(flag: String, value: String?, reason: String)] = [
            ("--arrival-rate", arrivals.arrivalRate, users), ("--arrival-stages", arrivals.arrivalStages, users),
            ("--arrival-shape", arrivals.arrivalShape, users), ("--arrivals", arrivals.arrivals, users),
            ("--max-users", arrivals.maxUsers, users), ("--max-lateness", arrivals.maxLateness, users),
            ("--iterations", load.iterations, users), ("--requests", load.requests, users),
            ("--warm-up", load.warmUp, "Locust's workers report every 3 s, which is no cut between two seconds"),
            ("--connections", own.connections, requests), ("--max-connections", own.maxConnections, requests),
            ("--connect-rate", own.connectRate, requests),
            ("--http-version", own.httpVersion, requests), ("--cacert", own.cacert, requests), ("--cert", own.cert, requests),
            ("--key", own.key, requests), ("--key-password", own.keyPassword, requests), ("--proxy", own.proxy, requests),
            ("--insecure", own.insecure ? "true" : nil, requests),
            ("--threads", options.engine.threads, "Locust's workers have none: start one for each core"),
            ("--seed", options.engine.seed, "Locust's random choices are its own"),
            ("--plain", listen.plain ? "true" : nil, "Locust's workers speak without encryption in any case"),
            ("--state", state, "Locust's workers do not keep what they have reported, so no run of theirs can be taken up again"),
        ]
        for entry in settings {
            let setting = Setting(entry.flag, entry.value)
            if setting.text != nil { throw Failure.usage("\(setting.source) cannot be used with --locust-port: \(entry.reason).") }
        }
    }

    /// The plan's hosts and options for the workers.
    private func fleet(_ setup: RunSetup) -> LocustFleetSettings {
        var fleet = LocustFleetSettings(version: Cicada.version, classes: setup.plan.scenario.userClasses.map(\.name))
        fleet.host = setup.plan.scenario.userClasses.first?.host
        fleet.stopTimeoutNanoseconds = setup.plan.stopGraceNanoseconds
        fleet.options = options
        if !setup.plan.tags.isEmpty { fleet.options["tags"] = setup.plan.tags.sorted().joined(separator: ",") }
        if !setup.plan.excludedTags.isEmpty { fleet.options["exclude_tags"] = setup.plan.excludedTags.sorted().joined(separator: ",") }
        return fleet
    }

    /// Listens, and says how workers get there.
    func link(_ setup: RunSetup, bind: Setting, log: Log) throws -> LocustMasterLink {
        let host = bind.text ?? "127.0.0.1"
        let socket: MasterSocket
        do {
            socket = try MasterSocket(
                MessageContext(), host: host, port: port, security: .plain,
                limits: LinkLimits(greatestMessage: LocustBounds.workerMessage, queuedMessages: 1000), takesOver: true)
        } catch let error as LinkError { throw Failure(.notStarted, "the master could not be started: \(error)") }
        let isLocal = isThisMachine(host)
        log(
            isLocal ? .info : .warning,
            "listening on \(socket.address) for Locust's workers, without encryption: whoever reaches it can take part and add to the result"
        )
        let flag = socket.port == ListenOptions.port ? "" : " --master-port \(socket.port)"
        log(.info, "  workers on this machine:  locust --worker -f FILE\(flag)")
        if isLocal { log(.info, "  workers elsewhere:        give the master --bind 0.0.0.0, or this machine's address") }
        return LocustMasterLink(socket: socket, fleet(setup))
    }
}
