import HTTPTransport
import Judgement
import LoadModel
import Scripting
import Wire

/// A plan as bytes: `[length of the head u32][head][contents of the files]`, little-endian. The head is a MessagePack map, in which each file has
/// its name and length; the contents follow in the same order. What the script says is not in the head: who reads the plan reads it there.
///
/// What later versions add goes into keys that older ones do not ask for; a change that an older one would misunderstand raises `format`.
extension RunPlan {
    private static let format = 3
    private static let mostFiles = 1000
    private static let mostVariables = 1000
    private static let mostTags = 1000
    private static let largestHead = 64 << 20
    private static let times: ClosedRange<Int64> = 0...1_000_000_000_000_000_000

    /// The plan as it goes to workers, and, with its SHA-256, what tells it from another.
    package func encoded() -> [UInt8] {
        let head = encodedHead()
        let files = sortedFiles
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + head.count + files.reduce(0) { $0 + $1.contents.count })
        bytes += withUnsafeBytes(of: UInt32(head.count).littleEndian) { Array($0) }
        bytes += head
        for file in files { bytes += file.contents }
        return bytes
    }

    /// Whether two plans are the same but for the seed, which is drawn anew for each run that names none.
    func isEqual(to other: RunPlan) -> Bool {
        var (mine, theirs) = (self, other)
        mine.seed = 0
        theirs.seed = 0
        mine.load = mine.load.withoutSeed
        theirs.load = theirs.load.withoutSeed
        return mine.encodedHead() == theirs.encodedHead() && script.resources == other.script.resources
    }

    /// Reads a plan, and the script in it. Throws a `WireError`, a `ScriptError` when the source is no script, or a `PlanMismatch`.
    package init(decoding bytes: [UInt8]) throws {
        guard bytes.count >= 4 else { throw WireError(.notMessagePack, at: "plan", "ends too early") }
        let headSize = Int(bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) })
        guard headSize <= min(bytes.count - 4, Self.largestHead) else {
            throw WireError(.notMessagePack, at: "plan", "is cut off, or of another version of Cicada")
        }
        var files: [(name: String, size: Int)] = []
        let head = try bytes.withUnsafeBytes { bytes in
            try MessagePackReader.read(UnsafeRawBufferPointer(rebasing: bytes[4..<(4 + headSize)])) { root throws(WireError) in
                let map = try root.map()
                let format = try map.required("format")
                guard try format.integer(in: 0...Int64(Int32.max)) == Self.format else {
                    throw format.error(.invalid, "is of another version of Cicada")
                }
                files = try map.required("files").array(atMost: Self.mostFiles).map { value throws(WireError) in
                    let pair = try value.array(of: 2)
                    return (
                        try pair[0].string(atMost: PlanText.longest), Int(try pair[1].integer(in: 0...Int64(PlanIntake.largest)))
                    )
                }
                return try Head(map)
            }
        }
        var script = try Script(name: head.scriptName, source: head.source)
        script.resources.environment = head.environment
        var offset = 4 + headSize
        for file in files {
            guard file.size <= bytes.count - offset else { throw WireError(.invalid, at: "files", "are cut off") }
            guard script.resources.files[file.name] == nil else { throw WireError(.invalid, at: "files", "has \(file.name) twice") }
            script.resources.files[file.name] = Array(bytes[offset..<(offset + file.size)])
            offset += file.size
        }
        guard offset == bytes.count else { throw WireError(.invalid, at: "files", "go on after their end") }
        let scenario = try script.scenario().keepTasks(tags: head.tags, excluding: head.excludedTags)
        self.init(script: script, scenario: try head.overrides.applied(to: scenario), load: head.load, seed: head.seed)
        tags = head.tags
        excludedTags = head.excludedTags
        iterationLimit = head.iterationLimit
        requestLimit = head.requestLimit
        warmUpNanoseconds = head.warmUpNanoseconds
        runTimeNanoseconds = head.runTimeNanoseconds
        stopGraceNanoseconds = head.stopGraceNanoseconds
        engineThreads = head.engineThreads
        connectionCap = head.connectionCap
        connectRate = head.connectRate
        scriptMemoryBytes = head.scriptMemoryBytes
        transport = head.transport
        thresholds = head.thresholds
    }

    // MARK: - Parts

    private var sortedFiles: [(name: String, contents: [UInt8])] {
        script.resources.files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func encodedHead() -> [UInt8] {
        var writer = MessagePackWriter()
        writer.map(17)
        writer.pair("format", Self.format)
        writer.pair("script", script.name, atMost: PlanText.longest)
        writer.pair("source", binary: script.source)
        writer.string("environment")
        writer.map(script.resources.environment.count)
        for (name, value) in script.resources.environment.sorted(by: { $0.key < $1.key }) {
            writer.string(name)
            writer.string(value)
        }
        writer.string("classes")
        ClassOverrides(scenario).write(to: &writer)
        writer.strings("tags", tags)
        writer.strings("excluded_tags", excludedTags)
        writer.string("load")
        load.write(to: &writer)
        writer.pair("iterations", iterationLimit.map(Int64.init))
        writer.pair("requests", requestLimit.map(Int64.init))
        writer.pair("warm_up", warmUpNanoseconds)
        writer.pair("run_time", runTimeNanoseconds)
        writer.pair("stop_grace", stopGraceNanoseconds)
        writer.string("engine")
        writer.map(5)
        writer.pair("threads", engineThreads.map(Int64.init))
        writer.pair("connections", connectionCap.map(Int64.init))
        writer.pair("connect_rate", connectRate)
        writer.pair("seed", seed)
        writer.pair("script_memory", scriptMemoryBytes)
        writer.string("transport")
        transport.write(to: &writer)
        writer.string("files")
        let files = sortedFiles
        writer.array(files.count)
        for file in files {
            writer.array(2)
            writer.string(file.name)
            writer.integer(file.contents.count)
        }
        writer.string("thresholds")
        writer.array(thresholds.count)
        for threshold in thresholds { writer.string(threshold.text, atMost: PlanText.longest) }
        return writer.bytes
    }

    /// What the head says beside the files.
    private struct Head {
        var scriptName: String
        var source: [UInt8]
        var environment: [String: String] = [:]
        var overrides: ClassOverrides
        var tags: Set<String>
        var excludedTags: Set<String>
        var load: Load
        var iterationLimit: Int?
        var requestLimit: Int?
        var warmUpNanoseconds: Int64
        var runTimeNanoseconds: Int64?
        var stopGraceNanoseconds: Int64
        var engineThreads: Int?
        var connectionCap: Int?
        var connectRate: Double?
        var seed: UInt64
        var scriptMemoryBytes: Int
        var transport: TransportOptions
        var thresholds: [Threshold]

        init(_ map: MessagePackMap) throws(WireError) {
            scriptName = try map.required("script").string(atMost: PlanText.longest)
            source = [UInt8](try map.required("source").binary(atMost: Script.largestSize))
            overrides = try ClassOverrides(map.required("classes"))
            tags = try map.strings("tags", atMost: mostTags)
            excludedTags = try map.strings("excluded_tags", atMost: mostTags)
            load = try Load(map.required("load"))
            let counts: ClosedRange<Int64> = 1...Int64(LoadBounds.greatestCount)
            iterationLimit = try map.optional("iterations")?.integer(in: counts).small
            requestLimit = try map.optional("requests")?.integer(in: counts).small
            warmUpNanoseconds = try map.required("warm_up").integer(in: times)
            runTimeNanoseconds = try map.optional("run_time")?.integer(in: times)
            stopGraceNanoseconds = try map.required("stop_grace").integer(in: times)
            let engine = try map.required("engine").map()
            engineThreads = try engine.optional("threads")?.integer(in: 1...256).small
            connectionCap = try engine.optional("connections")?.integer(in: 1...10_000_000).small
            connectRate = try engine.optional("connect_rate")?.double(in: WireBounds.rate)
            seed = try engine.required("seed").unsigned()
            scriptMemoryBytes = Int(try engine.required("script_memory").integer(in: 1...1 << 48))
            transport = try TransportOptions(map.required("transport").map())
            thresholds = try map.required("thresholds").array(atMost: Threshold.most).map { value throws(WireError) in
                do { return try Threshold(value.string(atMost: PlanText.longest)) } catch let error as ThresholdError {
                    throw value.error(.invalid, "is no threshold: \(error)")
                } catch let error as WireError { throw error } catch { throw value.error(.invalid, "is no threshold") }
            }
            var environment: [String: String] = [:]
            try map.required("environment").map(atMost: mostVariables).forEach { name, value throws(WireError) in
                environment[try name.string(atMost: PlanText.longest)] = try value.string(atMost: Script.largestSize)
            }
            self.environment = environment
        }
    }
}

/// A plan and the script in it do not go together.
package struct PlanMismatch: Error, CustomStringConvertible {
    /// What does not, and what to do.
    package var description: String
}

extension Int64 {
    fileprivate var small: Int { Int(self) }
}
