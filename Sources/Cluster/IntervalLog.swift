import Glibc
import Statistics
import Wire

/// The interval log of a run: what was measured in each 10 s, to be added up again for any part of the run. What is older is folded into longer intervals
/// (`IntervalResolution`), a piece at a time, so that the file stays bounded. Owned by one thread.
///
/// Intervals come in numbered flushes, which the log of the run (`StateLog`) notes before. So a master that takes the run up knows from both which of them
/// is to be written once more.
final class IntervalLog {
    /// What a record holds.
    enum Kind: UInt8 {
        /// Format, run and plan.
        case begin = 1
        /// When the run began, in nanoseconds since 1970.
        case start
        /// Second, span, and a part of the archive of what was measured in that time.
        case part
        /// The flush of a number is complete.
        case done
        /// How long the run was, and why it ended.
        case end
    }

    /// The format of a file.
    static let format = 2
    /// Bytes written at most in one turn for a flush, and read for thinning.
    private static let flushBytes = 2 << 20
    private static let thinningBytes = 512 << 10

    private var file: RecordFile
    private let head: [UInt8]
    private let largestBytes: Int64
    /// The number of the last complete flush.
    private(set) var flushed = 0
    private var hasStart = false
    private var number = 0
    private var queue: [Interval] = []
    private var underWay: (interval: Interval, archive: ResultArchive)?
    private var part: [UInt8]?
    private var thinning: IntervalThinning?
    private var newestSecond = 0
    /// Intervals written since the file was last thinned.
    private var fresh = 0
    private var coarseness = 0

    /// Opens the file, or begins it where there is none of this run. What a flush left that did not come to its end is cut off.
    /// `largestBytes`: intervals grow longer sooner when the file is larger after it was thinned.
    init(path: String, run: UInt64, planBytes: [UInt8], largestBytes: Int64 = IntervalResolution.largestBytes) throws {
        var payload = MessagePackWriter()
        payload.map(3)
        payload.pair("format", Self.format)
        payload.pair("run", run)
        payload.pair("plan", binary: planBytes)
        head = payload.bytes
        self.largestBytes = largestBytes
        unlink(path + Self.asideSuffix)
        file = try RecordFile(path)
        var end: Int64 = 0
        if let mapping = try FileMapping(file.descriptor, path: path) { end = look(at: mapping.bytes) }
        guard file.cut(at: end) else { throw StateLogError("cannot write to \(path)", errno) }
        if end == 0, let failure = file.put(Kind.begin.rawValue, head) { throw StateLogError(failure) }
    }

    /// Behind the name of a file while it is written anew.
    static let asideSuffix = ".new"

    /// The file of a run in a folder of `--state`.
    static func path(folder: String, run: UInt64) -> String {
        let digits = String(run, radix: 16)
        return "\(folder)/intervals-\(String(repeating: "0", count: max(0, 16 - digits.count)))\(digits).cicada"
    }

    /// Bytes of the file.
    var bytes: Int64 { file.end }
    /// True when all that was handed over is written.
    var isIdle: Bool { queue.isEmpty && underWay == nil && flushed == number }

    /// Takes a flush, of which the one before is complete. `start`: when the run began, in nanoseconds since 1970.
    func take(_ intervals: [Interval], number: Int, start: Int64) {
        self.number = number
        queue += intervals
        if !hasStart, file.put(Kind.start.rawValue, withUnsafeBytes(of: start.littleEndian) { Array($0) }) == nil { hasStart = true }
    }

    /// Goes on with what is to be written, with a bounded piece of work. Answers in words what could not be written; it is tried again.
    func turn() -> String? {
        if let failure = write(atMost: Self.flushBytes) { return failure }
        guard isIdle else { return nil }
        // So much more of the finest kind, and it is worth while.
        if thinning == nil, fresh >= IntervalResolution.thinningEvery { thinning = beginThinning() }
        return thin(atMost: Self.thinningBytes)
    }

    /// Writes all that was handed over, and how the run ended. Answers in words what could not be written.
    func finish(elapsed: Int64, because words: String?) -> String? {
        abandonThinning()
        if let failure = write(atMost: .max) { return failure }
        var payload = MessagePackWriter()
        payload.array(2)
        payload.integer(elapsed)
        if let words { payload.string(words) } else { payload.null() }
        return file.put(Kind.end.rawValue, payload.bytes)
    }

    /// Reads as far as the last complete flush. Answers where that ends; 0: the file is none of this run.
    private func look(at bytes: UnsafeRawBufferPointer) -> Int64 {
        var scan = RecordScan(bytes)
        guard let first = scan.next(), first.kind == Kind.begin.rawValue, first.payload.elementsEqual(head) else { return 0 }
        var end = scan.offset
        while let (kind, payload) = scan.next() {
            switch Kind(rawValue: kind) {
            case .start: hasStart = true
            case .part: newestSecond = max(newestSecond, IntervalPart(payload)?.end ?? 0)
            case .done:
                guard payload.count == 8 else { return Int64(end) }
                flushed = Int(clamping: payload.loadUnaligned(as: Int64.self).littleEndian)
                end = scan.offset
            case .end: end = scan.offset
            case .begin, nil: return Int64(end)
            }
        }
        number = flushed
        if end == 0 || !hasStart { return Int64(end) }
        fresh = IntervalResolution.thinningEvery
        return Int64(end)
    }

    private func write(atMost budget: Int) -> String? {
        var written = 0
        while written < budget, !isIdle {
            if let part, let interval = underWay?.interval {
                let head = IntervalPart.head(second: interval.second, span: interval.span)
                if let failure = part.withUnsafeBytes({ file.put(Kind.part.rawValue, head, $0) }) { return failure }
                written += part.count
                self.part = nil
            }
            if underWay != nil {
                part = underWay?.archive.next()
                if part == nil { underWay = nil }
            } else if !queue.isEmpty {
                let interval = queue.removeFirst()
                underWay = (interval, ResultArchive(interval.result.flattened(second: interval.second, span: interval.span)))
                newestSecond = max(newestSecond, interval.second + interval.span)
                fresh += 1
            } else {
                if let failure = file.put(Kind.done.rawValue, withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) }) {
                    return failure
                }
                flushed = number
            }
        }
        return nil
    }

    // MARK: - Thinning

    private func beginThinning() -> IntervalThinning? {
        fresh = 0
        return try? IntervalThinning(
            of: file, to: file.path + Self.asideSuffix, resolution: IntervalResolution(newestSecond: newestSecond, coarseness: coarseness))
    }

    private func thin(atMost budget: Int) -> String? {
        guard var work = thinning else { return nil }
        thinning = nil
        switch work.step(of: file, atMost: budget) {
        case .goesOn: thinning = work
        case .failed: work.remove()
        case .done(let thinned):
            let path = file.path
            guard thinned.replace(path) == nil else {
                work.remove()
                return nil
            }
            file = thinned
            if file.end > largestBytes {
                coarseness += 1
                fresh = IntervalResolution.thinningEvery
            }
        }
        return nil
    }

    private func abandonThinning() {
        thinning?.remove()
        thinning = nil
    }
}
