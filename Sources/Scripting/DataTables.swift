import Synchronization

/// The parsed data files of a script: once for a process, however many engine threads read them.
final class DataTables: Sendable {
    private struct Key: Hashable {
        var name: String
        var hasHeader: Bool
        var delimiter: UInt8
    }

    private let tables = Mutex<[Key: DataTable]>([:])

    /// The table of a file, parsed now if it was not before. The same name stands for the same bytes.
    func table(name: String, bytes: [UInt8], options: DataTable.Options) throws(ScriptError) -> DataTable {
        let key = Key(name: name, hasHeader: options.hasHeader, delimiter: options.delimiter)
        return try tables.withLock { known throws(ScriptError) in
            if let table = known[key] { return table }
            let table = try DataTable(name: name, bytes: bytes, options: options)
            known[key] = table
            return table
        }
    }
}
