import LoadModel
import Wire

extension Load {
    /// Bytes of a line of a profile: duration in nanoseconds, level at its beginning, level at its end.
    private static let lineBytes = 24
    private static let levels: ClosedRange<Double> = 0...LoadBounds.greatestLevel
    private static let counts: ClosedRange<Int64> = 1...Int64(LoadBounds.mostUsers)

    /// Writes a map.
    func write(to writer: inout MessagePackWriter) {
        switch self {
        case .users(let schedule):
            writer.map(3)
            writer.pair("model", "spawn")
            writer.pair("users", schedule.users)
            writer.pair("spawn_rate", schedule.ratePerSecond)
        case .profile(let profile):
            writer.map(3)
            writer.pair("model", "profile")
            Self.write(profile, to: &writer)
        case .arrivals(let arrivals):
            writer.map(7)
            writer.pair("model", "arrivals")
            Self.write(arrivals.schedule.rate, to: &writer)
            writer.pair("spacing", arrivals.schedule.spacing.rawValue)
            writer.pair("seed", arrivals.schedule.seed)
            writer.pair("users", arrivals.mostUsers)
            writer.pair("lateness", arrivals.mostLatenessNanoseconds)
        }
    }

    init(_ value: MessagePackValue) throws(WireError) {
        let map = try value.map()
        let model = try map.required("model")
        switch try model.string(atMost: PlanText.longest) {
        case "spawn":
            self = .users(
                SpawnSchedule(
                    users: Int(try map.required("users").integer(in: Self.counts)),
                    ratePerSecond: try map.required("spawn_rate").double(in: Double.leastNonzeroMagnitude...1e9)))
        case "profile": self = .profile(try Self.profile(map))
        case "arrivals":
            let spacing = try map.required("spacing")
            guard let known = ArrivalSchedule.Spacing(rawValue: try spacing.string(atMost: PlanText.longest)) else {
                throw spacing.error(.invalid, "is no spacing")
            }
            self = .arrivals(
                Arrivals(
                    schedule: ArrivalSchedule(
                        rate: try Self.profile(map), spacing: known, seed: try map.required("seed").unsigned()),
                    mostUsers: Int(try map.required("users").integer(in: Self.counts)),
                    mostLatenessNanoseconds: try map.optional("lateness")?.integer(in: 0...LoadBounds.longestNanoseconds)))
        default: throw model.error(.invalid, "is no load model")
        }
    }

    /// The same but for the seed of random starts, which is drawn anew for each run that names none.
    var withoutSeed: Load {
        guard case .arrivals(var arrivals) = self else { return self }
        arrivals.schedule.seed = 0
        return .arrivals(arrivals)
    }

    /// The keys `lines` and `level`.
    private static func write(_ profile: LoadProfile, to writer: inout MessagePackWriter) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(profile.lines.count * lineBytes)
        for line in profile.lines {
            for word in [UInt64(line.durationNanoseconds), line.from.bitPattern, line.to.bitPattern] {
                withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
            }
        }
        writer.pair("lines", binary: bytes)
        writer.pair("level", profile.finalLevel)
    }

    private static func profile(_ map: MessagePackMap) throws(WireError) -> LoadProfile {
        let lines = try map.required("lines")
        let bytes = try lines.binary(atMost: LoadBounds.mostLines * lineBytes)
        guard bytes.count % lineBytes == 0 else { throw lines.error(.invalid, "ends within a line") }
        func word(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        var stages: [(durationNanoseconds: Int64, from: Double?, to: Double)] = []
        stages.reserveCapacity(bytes.count / lineBytes + 1)
        var total: Int64 = 0
        for offset in stride(from: 0, to: bytes.count, by: lineBytes) {
            let (from, to) = (Double(bitPattern: word(offset + 8)), Double(bitPattern: word(offset + 16)))
            guard let duration = Int64(exactly: word(offset)), duration >= 1, duration <= LoadBounds.longestNanoseconds - total else {
                throw lines.error(.invalid, "last no time, or too long")
            }
            guard levels.contains(from), levels.contains(to) else { throw lines.error(.invalid, "have levels that cannot be") }
            total += duration
            stages.append((duration, from, to))
        }
        stages.append((0, nil, try map.required("level").double(in: levels)))
        let profile = LoadProfile(stages: stages)
        guard profile.greatest > 0 else { throw lines.error(.invalid, "have no level above 0") }
        return profile
    }
}
