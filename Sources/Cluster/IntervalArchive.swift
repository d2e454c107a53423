import EventLoop
import Glibc
import LoadModel
import Statistics
import Wire

/// What a folder of `--state` holds of one run, to be added up for any part of it: of one that has ended, goes on, or was cut off.
package struct IntervalArchive {
    /// The run's number.
    package let run: UInt64
    package let plan: RunPlan
    /// When the first user was due, in nanoseconds since 1970.
    package private(set) var startNanosecondsSince1970: Int64 = 0
    /// How long the run was; up to the last word of its master where it has not ended in order.
    package private(set) var elapsedNanoseconds: Int64 = 0
    /// True when it has come to its end, whatever that was.
    package private(set) var hasEnded = false
    /// Why it ended, in words; nil: as it was to, or it has not.
    package private(set) var endedBecause: String?

    private let path: String
    private let mapping: FileMapping
    private var parts: [(part: IntervalPart, offset: Int)] = []
    /// What is not in the file yet.
    private var open: [Interval] = []

    /// Reads the latest run of a folder, or the one of a number in hexadecimal digits. Throws a `StateLogError` where there is none.
    package init(folder: String, run text: String? = nil) throws {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw StateLogError("cannot read the folder \(folder)", errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw StateLogError("\(folder) is no folder; give the one of --state") }
        let files = EarlierRuns.files(in: folder).filter { $0.name.hasPrefix("intervals-") }
        let runs = EarlierRuns.latest(files)
        guard let latest = runs.first else {
            throw StateLogError("there is no interval log in \(folder) (intervals-….cicada); give the folder of a master's --state")
        }
        let wanted = try text.map { text throws in
            guard let number = UInt64(text, radix: 16), runs.contains(number) else {
                let known = runs.map { String($0, radix: 16) }.joined(separator: ", ")
                throw StateLogError("there is no run \(text) in \(folder), only \(known)")
            }
            return number
        }
        let run = wanted ?? latest
        let path = IntervalLog.path(folder: folder, run: run)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateLogError("cannot read \(path)", errno) }
        defer { close(descriptor) }
        guard let mapping = try FileMapping(descriptor, path: path) else { throw StateLogError("\(path) is empty") }
        var scan = RecordScan(mapping.bytes)
        guard let first = scan.next(), first.kind == IntervalLog.Kind.begin.rawValue,
            let plan = try? Self.plan(first.payload, run: run)
        else { throw StateLogError("\(path) is no interval log of this version of Cicada") }
        (self.run, self.plan, self.path, self.mapping) = (run, plan, path, mapping)
        let flushed = try look(scan)
        if !hasEnded { try addLatest(folder: folder, flushed: flushed) }
        if elapsedNanoseconds == 0 { elapsedNanoseconds = Int64(parts.map(\.part.end).max() ?? 0) * 1_000_000_000 }
    }

    private static func plan(_ payload: UnsafeRawBufferPointer, run: UInt64) throws -> RunPlan {
        let (number, bytes) = try MessagePackReader.read(payload) { root throws(WireError) in
            let map = try root.map()
            _ = try map.required("format").integer(in: Int64(IntervalLog.format)...Int64(IntervalLog.format))
            return (try map.required("run").unsigned(), [UInt8](try map.required("plan").binary(atMost: PlanIntake.largest)))
        }
        guard number == run else { throw StateLogError("is of another run") }
        return try RunPlan(decoding: bytes)
    }

    /// Finds the parts of complete flushes. Answers the number of the last.
    private mutating func look(_ start: RecordScan) throws -> Int {
        var scan = start
        var coming: [(part: IntervalPart, offset: Int)] = []
        var flushed = 0
        var offset = scan.offset
        while let (kind, payload) = scan.next() {
            switch IntervalLog.Kind(rawValue: kind) {
            case .start where payload.count == 8: startNanosecondsSince1970 = payload.loadUnaligned(as: Int64.self).littleEndian
            case .part:
                guard let part = IntervalPart(payload) else { throw damage(offset) }
                coming.append((part, offset))
                (hasEnded, endedBecause) = (false, nil)
            case .done where payload.count == 8:
                flushed = Int(clamping: payload.loadUnaligned(as: Int64.self).littleEndian)
                parts += coming
                coming = []
            case .end:
                let end = try? MessagePackReader.read(payload) { root throws(WireError) in
                    let array = try root.array(of: 2)
                    let words = array[1].isNull ? nil : try array[1].string(atMost: 1 << 16)
                    return (try array[0].integer(in: WireBounds.elapsed), words)
                }
                guard let end else { throw damage(offset) }
                (hasEnded, elapsedNanoseconds, endedBecause) = (true, end.0, end.1)
            case .begin, .start, .done, nil: throw damage(offset)
            }
            offset = scan.offset
        }
        return flushed
    }

    private func damage(_ offset: Int) -> StateLogError { StateLogError("\(path) is damaged at byte \(offset)") }

    /// Adds what only the log of the run has, if that is there.
    private mutating func addLatest(folder: String, flushed: Int) throws {
        for path in [StateReader.path(folder: folder), StateReader.path(folder: folder, aside: run)] {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { continue }
            defer { close(descriptor) }
            guard let content = try StateReader.read(descriptor, path: path, now: WallClock.nanoseconds()), content.header.run == run,
                let start = content.book.start
            else { continue }
            startNanosecondsSince1970 = start.wall
            elapsedNanoseconds = max(0, min(content.lastLife - start.wall, plan.longestRunNanoseconds ?? .max))
            if content.book.flushes > flushed { open += content.flushing }
            open += content.openIntervals.closed(before: nil)
            return
        }
    }

    // MARK: - Parts of the run

    /// What was measured between two seconds of the run, as far as the log tells times apart: intervals that lie only partly within are in it whole.
    /// Throws a `StateLogError` when the file is damaged.
    package func part(from: Int, to: Int) throws -> RunPart {
        var part = RunPart(from: from / OpenIntervals.span * OpenIntervals.span, to: to)
        var sum = RunResult()
        func isWithin(_ second: Int, _ span: Int) -> Bool { second < to && second + span > from }
        for (record, offset) in parts where isWithin(record.second, record.span) {
            do throws(ArchiveError) { try sum.merge(archive: record.archive) } catch {
                throw StateLogError("\(path) is damaged at byte \(offset): it \(error)")
            }
            part.cover(record.second, record.span)
        }
        for interval in open where isWithin(interval.second, interval.span) {
            let flat = interval.result.flattened(second: interval.second, span: interval.span)
            try ResultArchive.bytes(of: flat).withUnsafeBytes { try sum.merge(archive: $0) }
            part.cover(interval.second, interval.span)
        }
        let end = Int((elapsedNanoseconds + 999_999_999) / 1_000_000_000)
        part.to = min(max(part.to, 0), max(end, part.from))
        part.result = sum
        part.elapsedNanoseconds = min(elapsedNanoseconds, Int64(part.to) * 1_000_000_000) - Int64(part.from) * 1_000_000_000
        return part
    }
}

/// A part of a run, as the interval log knows it.
package struct RunPart: Sendable {
    /// From which second of the run on, and up to which: what was asked for, made wider to whole intervals.
    package fileprivate(set) var from: Int
    /// See `from`.
    package fileprivate(set) var to: Int
    /// The longest interval in it, in seconds.
    package private(set) var resolution = OpenIntervals.span
    /// What was measured. Its course has one point an interval; accounts tell what was delivered only.
    package fileprivate(set) var result = RunResult()
    /// Time of the run in it, in nanoseconds.
    package fileprivate(set) var elapsedNanoseconds: Int64 = 0

    fileprivate init(from: Int, to: Int) {
        self.from = from
        self.to = (to + OpenIntervals.span - 1) / OpenIntervals.span * OpenIntervals.span
    }

    fileprivate mutating func cover(_ second: Int, _ span: Int) {
        from = min(from, second)
        to = max(to, second + span)
        resolution = max(resolution, span)
    }
}
