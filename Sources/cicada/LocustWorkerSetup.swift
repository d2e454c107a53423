import Cluster
import Glibc
import HTTPTransport
import LoadModel
import LocustLink
import Scripting

/// What a worker of a Locust master runs: its own script, on the terms of the master's orders.
struct LocustWorkerSetup: Sendable {
    /// Stands for a host that nobody has named; no user of such a class is started.
    private static let noHost = "http://no-host.invalid"

    private let script: Script
    private let declared: Scenario
    private let selection: TagSelection
    private let host: String?
    private let connections: ConnectionMode?
    private let connectionCap: Int?
    private let connectRate: Double?
    private let transport: TransportOptions
    private let part: LocustDataPart?

    /// Reads the script and its data files, and checks everything that can be checked before the master is there. Throws a `Failure`.
    init(
        script path: String, options: LocustWorkerOptions, selection: SelectionOptions, connections: ConnectionOptions, log: Log
    ) throws {
        let loaded: LoadedScript
        let files = try Self.replacements(options.data)
        do {
            loaded = try Script.load(path: path, replacements: files, log: { log(.info, "script: \($0)") })
        } catch { throw Failure.usage("\(error)") }
        if let stranger = files.keys.sorted().first(where: { loaded.script.resources.files[$0] == nil }) {
            let names = loaded.script.resources.files.keys.sorted()
            let there = names.isEmpty ? "it takes none" : Suggestion.remedy(for: stranger, among: names)
            throw Failure.usage("--data: the script takes no file '\(stranger)'; \(there).")
        }
        (script, declared) = (loaded.script, loaded.scenario)
        self.selection = try selection.selection()
        host = Setting("--host", options.host).text
        self.connections = try Setting("--connections", connections.connections).word(of: ConnectionMode.self)
        let cap = Setting("--max-connections", connections.maxConnections)
        connectionCap = cap.text == nil ? nil : try cap.integer(1...10_000_000, default: 1)
        connectRate = try connections.rate()
        transport = try RunSetup.transport(connections)
        part = try Self.part(options.dataPart, sources: declared.dataSources)
        var scenario = declared
        try self.selection.apply(to: &scenario)
        _ = try plan(LocustTerms())
        if loaded.load != nil || !declared.thresholds.isEmpty {
            log(.warning, "load and thresholds of the script are not looked at: the Locust master says how many users there are")
        }
    }

    /// The plan for the terms of an order. Throws a `Failure` that says which of them cannot be met.
    func plan(_ terms: LocustTerms) throws -> LocustPlan {
        let tags = terms.tags.isEmpty ? selection.wanted : terms.tags
        let excluded = terms.excludedTags.isEmpty ? selection.excluded : terms.excludedTags
        var scenario: Scenario
        do { scenario = try declared.keepTasks(tags: tags, excluding: excluded) } catch { throw Failure.usage("\(error).") }
        var strangers: Set<String> = []
        for index in scenario.userClasses.indices {
            if let connections { scenario.userClasses[index].connections = connections }
            guard var url = terms.host ?? host ?? scenario.userClasses[index].host else {
                strangers.insert(scenario.userClasses[index].name)
                scenario.userClasses[index].host = Self.noHost
                continue
            }
            while url.hasSuffix("/") { url.removeLast() }
            let lower = url.lowercased()
            guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), BaseURL.isValid(url) else {
                let source = terms.host != nil ? "the Locust master's host" : host != nil ? "--host" : "the script's host"
                throw Failure.usage("\(source) is '\(url)'; it must be a URL such as http://127.0.0.1:8000.")
            }
            scenario.userClasses[index].host = url
        }
        var plan = RunPlan(
            script: script, scenario: scenario, load: .users(SpawnSchedule(users: 1, ratePerSecond: 1)),
            seed: UInt64.random(in: 0...UInt64(Int64.max)))
        (plan.tags, plan.excludedTags) = (tags, excluded)
        plan.stopGraceNanoseconds = terms.stopGraceNanoseconds
        plan.connectionCap = connectionCap
        plan.connectRate = connectRate
        plan.transport = transport
        return LocustPlan(plan, classesWithoutHost: strangers, part: part ?? LocustDataPart())
    }

    private static func replacements(_ texts: [String]) throws -> [String: String] {
        var files: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw Failure.usage("--data is '\(text)'; it must be a name in the script and a file, as in users.csv=/data/users.csv.")
            }
            if files.updateValue(parts[1], forKey: parts[0]) != nil { throw Failure.usage("--data names \(parts[0]) twice.") }
        }
        return files
    }

    /// Rows that are unique in a run need somebody who shares them out.
    private static func part(_ text: String?, sources: [DataSource]) throws -> LocustDataPart? {
        guard let text else {
            guard let unique = sources.first(where: { $0.order == .unique }) else { return nil }
            throw Failure.usage(
                "\(unique.file) has rows that are unique in a run, and a Locust master shares none out: give each worker its part, "
                    + "--data-part 1/4 for the first of four, or say order = \"cyclic\" or \"random\" in the script.")
        }
        guard let part = LocustDataPart(text) else {
            throw Failure.usage("--data-part is '\(text)'; it must be a part and how many there are, as in 2/4.")
        }
        return part
    }
}
