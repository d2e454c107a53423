import Glibc
import Statistics

/// An interval log that is written anew beside itself, with what is old in longer intervals; a bounded piece at a time, while the log goes on growing.
struct IntervalThinning {
    /// How far it has come.
    enum Outcome {
        case goesOn
        /// The new file, which holds all that the old one does.
        case done(RecordFile)
        /// It could not be written or read: the old file stays.
        case failed
    }

    private let mapping: FileMapping
    private let thinned: RecordFile
    private let resolution: IntervalResolution
    private var scan: RecordScan
    private var folding: Interval?
    private var archive: (interval: Interval, archive: ResultArchive)?
    private var lastDone: [UInt8]?
    private var lastEnd: [UInt8]?

    /// Reading costs so much more than copying.
    private static let copiesPerRead = 16
    /// Reading a record costs no less than so many bytes do.
    private static let leastCost = 8 << 10

    /// Throws a `StateLogError` when the file cannot be read or the new one not be opened.
    init(of log: RecordFile, to path: String, resolution: IntervalResolution) throws {
        guard let mapping = try FileMapping(log.descriptor, path: log.path) else { throw StateLogError("\(log.path) is empty") }
        self.mapping = mapping
        self.resolution = resolution
        thinned = try RecordFile(path)
        guard thinned.cut(at: 0) else { throw StateLogError("cannot write to \(path)", errno) }
        scan = RecordScan(mapping.bytes)
    }

    /// Removes the new file.
    func remove() { unlink(thinned.path) }

    /// Goes on, as far as reading so many bytes takes it. `log` must have no flush under way.
    mutating func step(of log: RecordFile, atMost budget: Int) -> Outcome {
        var work = 0
        while work < budget {
            if archive != nil {
                guard let cost = writePart() else { return .failed }
                work += cost
                continue
            }
            let before = scan.offset
            guard let (kind, payload) = scan.next() else { return complete(log) }
            let record = UnsafeRawBufferPointer(rebasing: mapping.bytes[before..<scan.offset])
            switch IntervalLog.Kind(rawValue: kind) {
            case .begin, .start:
                if thinned.append(record) != nil { return .failed }
            case .done: lastDone = Array(record)
            case .end: lastEnd = Array(record)
            case .part:
                guard let part = IntervalPart(payload), let isFolded = take(part, record) else { return .failed }
                work += isFolded ? max(record.count, Self.leastCost) : record.count / Self.copiesPerRead
            case nil: return .failed
            }
        }
        return .goesOn
    }

    /// Takes a part into the interval that is being folded; one that stays as it is is copied. Answers whether it was read; nil: that failed.
    private mutating func take(_ part: IntervalPart, _ record: UnsafeRawBufferPointer) -> Bool? {
        let target = resolution.target(second: part.second, span: part.span)
        if let folding, folding.second != target.second || folding.span != target.span {
            close(folding)
            // It goes first, and then this record is looked at again.
            scan = RecordScan(mapping.bytes, from: scan.offset - record.count)
            return true
        }
        if folding == nil, target.span == part.span { return thinned.append(record) == nil ? false : nil }
        var interval = folding ?? Interval(second: target.second, span: target.span, result: RunResult())
        folding = nil
        guard (try? interval.result.merge(archive: part.archive)) != nil else { return nil }
        folding = interval
        return true
    }

    private mutating func close(_ interval: Interval) {
        folding = nil
        archive = (interval, ResultArchive(interval.result.flattened(second: interval.second, span: interval.span)))
    }

    /// Answers how many bytes were written; nil: they could not be.
    private mutating func writePart() -> Int? {
        guard let interval = archive?.interval, let part = archive?.archive.next() else {
            archive = nil
            return 0
        }
        let head = IntervalPart.head(second: interval.second, span: interval.span)
        return part.withUnsafeBytes { thinned.put(IntervalLog.Kind.part.rawValue, head, $0) } == nil ? part.count : nil
    }

    private mutating func complete(_ log: RecordFile) -> Outcome {
        if let folding {
            close(folding)
            return .goesOn
        }
        for record in [lastDone, lastEnd].compactMap(\.self) where record.withUnsafeBytes({ thinned.append($0) }) != nil { return .failed }
        if log.end > Int64(scan.offset), thinned.append(from: log, Int64(scan.offset)..<log.end) != nil { return .failed }
        return .done(thinned)
    }
}
