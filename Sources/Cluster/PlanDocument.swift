import HTTPTransport
import LoadModel
import Scripting
import Wire

/// A plan as bytes: one MessagePack map. What later versions add goes into keys that older ones do not ask for; a change that an older one would
/// misunderstand raises `format`.
extension RunPlan {
    private static let format = 1
    private static let mostClasses = 1000
    private static let mostTasks = 10_000
    private static let longestText = 4096
    private static let times: ClosedRange<Int64> = 0...1_000_000_000_000_000_000

    /// The plan as it goes to workers, and, with its SHA-256, what tells it from another.
    package func encoded() -> [UInt8] {
        var writer = MessagePackWriter()
        writer.map(12)
        writer.pair("format", Self.format)
        writer.pair("script", script.name, atMost: Self.longestText)
        writer.pair("source", binary: script.source)
        writer.string("classes")
        writer.array(scenario.userClasses.count)
        for userClass in scenario.userClasses { Self.write(userClass, to: &writer) }
        writer.pair("users", load.users)
        writer.pair("spawn_rate", load.ratePerSecond)
        writer.pair("run_time", runTimeNanoseconds)
        writer.pair("stop_grace", stopGraceNanoseconds)
        writer.string("engine")
        writer.map(3)
        writer.pair("threads", engineThreads.map(Int64.init))
        writer.pair("connections", connectionCap.map(Int64.init))
        writer.pair("seed", seed)
        writer.string("transport")
        Self.write(transport, to: &writer)
        // Data files and thresholds come here.
        writer.string("files")
        writer.map(0)
        writer.string("thresholds")
        writer.array(0)
        return writer.bytes
    }

    /// Reads a plan. Throws a `WireError`, or a `ScriptError` when the source is no script.
    package init(decoding bytes: [UInt8]) throws {
        var source: (name: String, text: [UInt8]) = ("", [])
        let parts = try MessagePackReader.read(bytes) { root throws(WireError) in
            let map = try root.map()
            let format = try map.required("format")
            guard try format.integer(in: 0...Int64(Int32.max)) == Self.format else {
                throw format.error(.invalid, "is of another version of Cicada")
            }
            source.name = try map.required("script").string(atMost: Self.longestText)
            source.text = [UInt8](try map.required("source").binary(atMost: Script.largestSize))
            let classes = try map.required("classes").array(atMost: Self.mostClasses).map { value throws(WireError) in
                try Self.readClass(value.map())
            }
            let load = SpawnSchedule(
                users: Int(try map.required("users").integer(in: 1...10_000_000)),
                ratePerSecond: try map.required("spawn_rate").double(in: Double.leastNonzeroMagnitude...1e9))
            let engine = try map.required("engine").map()
            return (
                classes, load, try map.optional("run_time")?.integer(in: Self.times),
                try map.required("stop_grace").integer(in: Self.times),
                try engine.optional("threads")?.integer(in: 1...256), try engine.optional("connections")?.integer(in: 1...10_000_000),
                try engine.required("seed").unsigned(), try Self.readTransport(map.required("transport").map())
            )
        }
        guard !parts.0.isEmpty else { throw WireError(.invalid, at: "classes", "is empty") }
        self.init(
            script: try Script(name: source.name, source: source.text),
            scenario: Scenario(scriptName: source.name, userClasses: parts.0), load: parts.1, seed: parts.6)
        runTimeNanoseconds = parts.2
        stopGraceNanoseconds = parts.3
        engineThreads = parts.4.map { Int($0) }
        connectionCap = parts.5.map { Int($0) }
        transport = parts.7
    }

    // MARK: - Parts

    private static func write(_ userClass: UserClass, to writer: inout MessagePackWriter) {
        writer.map(8)
        writer.pair("name", userClass.name)
        writer.pair("weight", userClass.weight)
        writer.pair("host", userClass.host, atMost: longestText)
        switch userClass.wait {
        case .constant(let nanoseconds):
            writer.pair("wait_from", nanoseconds)
            writer.pair("wait_to", nanoseconds)
        case .between(let range):
            writer.pair("wait_from", range.lowerBound)
            writer.pair("wait_to", range.upperBound)
        case .exponential, .schedule, .scripted: preconditionFailure("not built yet")
        }
        writer.pair("has_on_start", userClass.hasOnStart)
        writer.pair("connections", userClass.connections?.rawValue)
        writer.string("tasks")
        writer.array(userClass.tasks.count)
        for task in userClass.tasks {
            writer.array(2)
            writer.string(task.name)
            writer.double(task.weight)
        }
    }

    private static func readClass(_ map: MessagePackMap) throws(WireError) -> UserClass {
        let (from, to) = (try map.required("wait_from").integer(in: times), try map.required("wait_to").integer(in: times))
        guard from <= to else { throw try map.required("wait_to").error(.invalid, "is below wait_from") }
        let tasks = try map.required("tasks").array(atMost: mostTasks).map { value throws(WireError) in
            let pair = try value.array(of: 2)
            return ScenarioTask(name: try pair[0].string(atMost: longestText), weight: try pair[1].double(in: 1e-300...1e300))
        }
        guard !tasks.isEmpty else { throw try map.required("tasks").error(.invalid, "is empty") }
        var userClass = UserClass(
            name: try map.required("name").string(atMost: longestText), weight: try map.required("weight").double(in: 1e-300...1e300),
            host: try map.optional("host")?.string(atMost: longestText),
            wait: from == to ? .constant(nanoseconds: from) : .between(nanoseconds: from...to),
            hasOnStart: try map.required("has_on_start").bool(), tasks: tasks)
        if let mode = try map.optional("connections") {
            guard let known = ConnectionMode(rawValue: try mode.string(atMost: longestText)) else {
                throw mode.error(.invalid, "is no mode")
            }
            userClass.connections = known
        }
        return userClass
    }

    private static func write(_ transport: TransportOptions, to writer: inout MessagePackWriter) {
        writer.map(5)
        writer.pair("http_version", transport.httpVersion.rawValue)
        writer.pair("verifies_tls", transport.verifiesTLS)
        writer.pair("proxy", transport.proxy, atMost: longestText)
        writer.pair("user_agent", transport.userAgent)
        writer.string("authorities")
        if let authorities = transport.authorities { writer.binary(authorities.bytes) } else { writer.null() }
    }

    private static func readTransport(_ map: MessagePackMap) throws(WireError) -> TransportOptions {
        var transport = TransportOptions()
        let version = try map.required("http_version")
        guard let known = TransportOptions.HTTPVersion(rawValue: try version.string(atMost: longestText)) else {
            throw version.error(.invalid, "is no HTTP version")
        }
        transport.httpVersion = known
        transport.verifiesTLS = try map.required("verifies_tls").bool()
        transport.proxy = try map.optional("proxy")?.string(atMost: longestText)
        transport.userAgent = try map.required("user_agent").string(atMost: longestText)
        if let authorities = try map.optional("authorities") {
            transport.authorities = Authorities([UInt8](try authorities.binary(atMost: 16 << 20)))
        }
        return transport
    }
}
