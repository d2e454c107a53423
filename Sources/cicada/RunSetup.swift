import Cluster
import EventLoop
import Foundation
import Glibc
import HTTPTransport
import LoadModel
import Reporting
import Scripting
import Statistics

/// What the flags, the environment and the script together say; everything is checked here, before the run.
struct RunSetup {
    let plan: RunPlan
    let log: Log
    let outputs: Outputs
    let showsLiveLine: Bool
    let exitCodeOnFailure: Int
    let exitCodeOnInvalid: Int
    /// Whether the workers are Locust's.
    let isOfLocust: Bool
    /// Where the run can be looked at; nil: nowhere.
    let web: (host: String, port: Int)?
    private let hosts: String
    private let words: LoadWords

    /// Scripts up to so many bytes are searched for misspelt names before a run.
    private static let mostSearched = 256 << 10
    /// Descriptors that are not for connections: standard streams, files, pollers, mailboxes, lookups.
    private static let spareDescriptors = 64

    /// Throws a `Failure` that says what is wrong, where, and what to do.
    ///
    /// `usesThisProcess`: users run in this very process, whose limits are known here; otherwise in workers, which tell theirs.
    /// `mayBeTakenUp`: the run may turn out to be one that an earlier process began. `writesFiles`: `--csv` and `--json` are obeyed.
    init(
        script path: String, options: RunOptions, log: Log, usesThisProcess: Bool, mayBeTakenUp: Bool = false, writesFiles: Bool = true
    ) throws {
        let loaded: LoadedScript
        let settings = try LoadSettings(options.load, options.stages, options.arrivals)
        do {
            loaded = try Script.load(path: path, runTimeNanoseconds: settings.runTimeNanoseconds, log: { log(.info, "script: \($0)") })
        } catch { throw Failure.usage("\(error)") }
        // What `cicada validate` refuses is told before it costs a run. Searching a huge script takes long.
        if loaded.script.source.count <= Self.mostSearched, let names = try? loaded.script.names() {
            for problem in names.problems { log(.warning, "\(problem)") }
        }
        try self.init(
            script: loaded.script, scenario: loaded.scenario, load: loaded.load, settings: settings, options: options, log: log,
            usesThisProcess: usesThisProcess,
            mayBeTakenUp: mayBeTakenUp, writesFiles: writesFiles)
    }

    /// The same, of a script that has been read.
    init(
        script: Script, scenario declared: Scenario, options: RunOptions, log: Log, usesThisProcess: Bool
    ) throws {
        try self.init(
            script: script, scenario: declared, load: nil, settings: LoadSettings(options.load, options.stages, options.arrivals),
            options: options, log: log, usesThisProcess: usesThisProcess, mayBeTakenUp: false, writesFiles: true)
    }

    /// The same for Locust's workers, which have a locustfile with these classes.
    init(locust classes: LocustClasses, options: RunOptions, log: Log) throws {
        let script = try classes.script()
        try self.init(
            script: script, scenario: script.scenario(), load: nil,
            settings: LoadSettings(options.load, options.stages, options.arrivals), options: options, log: log, usesThisProcess: false,
            mayBeTakenUp: false, writesFiles: true, isOfLocust: true)
    }

    private init(
        script: Script, scenario declared: Scenario, load: LoadDeclaration?, settings: LoadSettings, options: RunOptions, log: Log,
        usesThisProcess: Bool, mayBeTakenUp: Bool, writesFiles: Bool, isOfLocust: Bool = false
    ) throws {
        self.isOfLocust = isOfLocust
        var scenario = declared
        let selection = try options.selection.selection()
        // The tasks are the locustfile's.
        if !isOfLocust { try selection.apply(to: &scenario) }
        var seed = UInt64.random(in: 0...UInt64(Int64.max))
        let seedSetting = Setting("--seed", options.engine.seed)
        if let text = seedSetting.text {
            guard let value = UInt64(text) else { throw seedSetting.wrong("a whole number of at least 0") }
            seed = value
        }
        let order = try settings.order(script: load, seed: seed)
        if let problem = ScenarioWords(scenario, load: order.load).problem { throw Failure.usage(problem) }
        let users = order.load.mostUsers

        let host = Setting("--host", options.load.host)
        if !isOfLocust || host.text != nil { try Self.fillIn(&scenario, host: host, script: script.name) }
        let connections = options.connections
        if let mode = try Setting("--connections", connections.connections).word(of: ConnectionMode.self) {
            for index in scenario.userClasses.indices { scenario.userClasses[index].connections = mode }
        }

        let cores = OSThread.availableCores
        let capSetting = Setting("--max-connections", connections.maxConnections)
        let mostThreads = try capSetting.integer(1...10_000_000, default: 256)
        let threadsSetting = Setting("--threads", options.engine.threads)
        let threads = try threadsSetting.integer(1...256, default: min(cores, users, mostThreads))
        if threads > mostThreads { throw threadsSetting.wrong("at most \(mostThreads), since each thread needs one of --max-connections") }
        if usesThisProcess { try Self.checkConnections(capSetting, users: users, threads: threads, scenario: scenario) }

        var plan = RunPlan(script: script, scenario: scenario, load: order.load, seed: seed)
        (plan.tags, plan.excludedTags) = (selection.wanted, selection.excluded)
        plan.engineThreads = usesThisProcess || threadsSetting.text != nil ? threads : nil
        if capSetting.text != nil { plan.connectionCap = try capSetting.integer(1...10_000_000, default: 1) }
        plan.connectRate = try connections.rate()
        plan.iterationLimit = order.iterationLimit
        plan.requestLimit = order.requestLimit
        plan.warmUpNanoseconds = order.warmUpNanoseconds
        plan.runTimeNanoseconds = order.runTimeNanoseconds
        plan.stopGraceNanoseconds = try Setting("--stop-timeout", options.load.stopTimeout).duration() ?? 0
        plan.transport = try Self.transport(connections)
        plan.thresholds = try options.thresholds.thresholds(of: scenario)
        try ThresholdOptions.check(plan)
        self.plan = plan
        hosts = plan.hosts
        words = LoadWords(order)

        self.log = log
        let (csv, json) = (Setting("--csv", options.output.csv).text, Setting("--json", options.output.json).text)
        let hasFullHistory = try Setting.isOn("--csv-full-history", options.output.csvFullHistory)
        if hasFullHistory, csv == nil, writesFiles {
            throw Failure.usage("--csv-full-history says what the files of --csv have: give --csv PREFIX too.")
        }
        outputs = try Outputs(
            csvPrefix: writesFiles ? csv : nil, jsonFile: writesFiles ? json : nil,
            junitFile: writesFiles ? Setting("--junit", options.output.junit).text : nil,
            continuesHistory: mayBeTakenUp, hasFullHistory: hasFullHistory, log: log)
        web = try options.web.address()
        showsLiveLine = try !Setting.isOn("--only-summary", options.output.onlySummary)
        exitCodeOnInvalid = try Setting("--exit-code-on-invalid", options.output.exitCodeOnInvalid)
            .integer(0...255, default: Int(ExitStatus.invalid.rawValue))
        exitCodeOnFailure = try Setting("--exit-code-on-failure", options.output.exitCodeOnFailure).integer(0...255, default: 0)
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        try outputs.begin(plan.thresholds, info: info(startNanosecondsSince1970: now, elapsedNanoseconds: 0, users: plan.load.mostUsers))
    }

    /// What reports say beside figures.
    func info(startNanosecondsSince1970: Int64, elapsedNanoseconds: Int64, users: Int) -> RunInfo {
        RunInfo(
            of: plan, hosts: hosts, startNanosecondsSince1970: startNanosecondsSince1970, elapsedNanoseconds: elapsedNanoseconds,
            users: users)
    }

    /// What is about to run, in a line or two of words.
    var heading: String {
        var text = "\(plan.script.name) -> \(hosts): \(LoadWords.summary(plan.load)), \(words.end)"
        if case .users(let schedule) = plan.load, schedule.completeAfter >= 1_000_000_000 {
            text += "; all users are there after \(DurationText.words(nanoseconds: schedule.completeAfter))"
        }
        for warning in words.warnings { text += "\nwarning: \(warning)" }
        return text
    }

    // MARK: - Parts

    private static func fillIn(_ scenario: inout Scenario, host: Setting, script: String) throws {
        for index in scenario.userClasses.indices {
            if let text = host.text { scenario.userClasses[index].host = text }
            try checkHost(scenario.userClasses[index], setting: host, script: script)
            var url = scenario.userClasses[index].host ?? ""
            while url.hasSuffix("/") { url.removeLast() }
            scenario.userClasses[index].host = url
        }
    }

    /// Throws a `Failure` when a class has no host, or one that is no URL.
    static func checkHost(_ userClass: UserClass, setting: Setting, script: String) throws {
        let name = userClass.name
        guard let url = userClass.host else {
            throw Failure.usage(
                "no host for user class \"\(name)\": give --host http://… (or CICADA_HOST), or set host = \"http://…\" in \(script).")
        }
        let source = setting.text == nil ? "the host of user class \"\(name)\" in \(script)" : setting.source
        let lower = url.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), url.split(separator: "/").count >= 2 else {
            throw Failure.usage("\(source) is '\(url)'; it must begin with http:// or https://, as in http://127.0.0.1:8000.")
        }
        guard BaseURL.isValid(url) else {
            throw Failure.usage("\(source) is '\(url)', which is no URL of a host, as http://127.0.0.1:8000 is.")
        }
    }

    /// Connections that a process with so many descriptors may have open; 0 or less: none. libcurl holds two for every thousand users of a thread.
    static func connections(perProcessOf limit: Int, threads: Int, users: Int) -> Int {
        limit - spareDescriptors - 8 * threads - 2 * (users / 1024 + threads)
    }

    private static func checkConnections(_ setting: Setting, users: Int, threads: Int, scenario: Scenario) throws {
        let limit = DescriptorLimit.raiseAndCountFree()
        let allowed = connections(perProcessOf: limit, threads: threads, users: users)
        if allowed < threads {
            throw Failure(
                .notStarted,
                "this process may open only \(limit) descriptors (ulimit -n); Cicada needs \(spareDescriptors + 16 * threads) or more.")
        }
        let cap = try setting.integer(threads...10_000_000, default: allowed)
        if cap > allowed {
            throw Failure(
                .notStarted,
                "\(setting.source) is \(cap), but this process may open \(limit) descriptors (ulimit -Hn), which allow \(allowed) connections."
            )
        }
        let areTheirOwn = scenario.userClasses.contains { ($0.connections ?? .user) != .shared }
        if setting.text == nil, users > allowed, areTheirOwn {
            throw Failure(
                .notStarted,
                """
                \(users) users with a connection each are more than the \(limit) descriptors of this process allow (\(allowed) connections). \
                Either raise the limit (ulimit -Hn, as root), or let users take turns with --max-connections \(allowed): a request that waits \
                for a connection is counted with its wait; or let several processes share them with --processes auto.
                """)
        }
    }

    /// How the target is spoken to, as the flags say.
    static func transport(_ options: ConnectionOptions) throws -> TransportOptions {
        var transport = TransportOptions()
        transport.httpVersion = try Setting("--http-version", options.httpVersion).word(of: TransportOptions.HTTPVersion.self) ?? .auto
        transport.verifiesTLS = try !Setting.isOn("--insecure", options.insecure)
        let authorities = Setting("--cacert", options.cacert)
        if let file = authorities.text {
            guard let content = FileManager.default.contents(atPath: file) else { throw authorities.wrong("a readable PEM file") }
            transport.authorities = Authorities([UInt8](content))
        }
        transport.proxy = Setting("--proxy", options.proxy).text
        transport.certificate = try certificate(options)
        transport.userAgent = "Cicada/\(Cicada.version)"
        return transport
    }

    private static func certificate(_ options: ConnectionOptions) throws -> ClientCertificate? {
        let (certificate, key) = (Setting("--cert", options.cert), Setting("--key", options.key))
        let password = Setting("--key-password", options.keyPassword)
        guard certificate.text != nil else {
            for setting in [key, password] where setting.text != nil {
                throw Failure.usage("\(setting.source) is given without a certificate: give --cert too.")
            }
            return nil
        }
        func content(_ setting: Setting) throws -> [UInt8] {
            guard let file = setting.text else { return [] }
            guard let content = FileManager.default.contents(atPath: file), content.firstRange(of: Data("-----BEGIN ".utf8)) != nil else {
                throw setting.wrong("a readable PEM file")
            }
            return [UInt8](content)
        }
        return ClientCertificate(certificate: try content(certificate), key: try content(key), password: password.text)
    }

}
