import Glibc
import Statistics

/// The log of a run, written anew beside itself: what the run is, how it stands, and the result so far, instead of every delta that led there. A bounded piece
/// at a time, while the old log goes on growing; what comes meanwhile is copied behind it.
struct StateCompaction {
    /// How far it has come.
    enum Outcome {
        case goesOn
        /// The new log, which says all that the old one does; `restoredEnd`: behind what stands for the deltas before.
        case done(RecordFile, restoredEnd: Int64)
        /// It could not be written: the old log stays.
        case failed
    }

    /// Behind the name of the log while it is written anew.
    static let asideSuffix = ".new"
    /// Bytes that are written anew, and copied, in one step: some 20 ms of work.
    static let writtenBytes = 2 << 20
    private static let copiedBytes: Int64 = 16 << 20

    private let compacted: RecordFile
    private var records: ArraySlice<(kind: StateRecord.Kind, payload: [UInt8])>
    private var archives: [(kind: StateRecord.Kind, head: [UInt8], archive: ResultArchive)]
    private var restoredEnd: Int64?
    /// Up to where the old log's records are in the new one.
    private var copied: Int64

    /// `begin`: the record that the log begins with. `log`: all that it holds is in the others. Throws a `StateLogError` when there can be no new file.
    init(of log: RecordFile, begin: StateRecord, book: StateBook, result: RunResult, intervals: OpenIntervals) throws {
        let path = log.path + Self.asideSuffix
        compacted = try RecordFile(path)
        guard compacted.lock(), compacted.cut(at: 0) else { throw StateLogError("cannot write to \(path)", errno) }
        records = ([begin] + book.records).map { ($0.kind, $0.payload) }[...]
        archives = [(.result, [], ResultArchive(result))]
        archives += intervals.closed(before: nil).map {
            (.interval, IntervalPart.head(second: $0.second, span: $0.span), ResultArchive($0.result))
        }
        copied = log.end
    }

    /// Removes the new file.
    func remove() { unlink(compacted.path) }

    /// Goes on for a while.
    mutating func step(of log: RecordFile) -> Outcome {
        var written = 0
        while let record = records.first {
            if compacted.put(record.kind.rawValue, record.payload) != nil { return .failed }
            written += record.payload.count
            records.removeFirst()
        }
        while written < Self.writtenBytes, !archives.isEmpty {
            guard let part = archives[0].archive.next() else {
                archives.removeFirst()
                continue
            }
            let head = archives[0].head
            if part.withUnsafeBytes({ compacted.put(archives[0].kind.rawValue, head, $0) }) != nil { return .failed }
            written += part.count
        }
        guard archives.isEmpty, written < Self.writtenBytes else { return .goesOn }
        if restoredEnd == nil { restoredEnd = compacted.end }
        let next = min(log.end, copied + Self.copiedBytes)
        if compacted.append(from: log, copied..<next) != nil { return .failed }
        copied = next
        return copied == log.end ? .done(compacted, restoredEnd: restoredEnd ?? 0) : .goesOn
    }
}
