import CLua
import CLuaBridge
import LoadModel

/// A data file that a script declared with `data`, read and checked.
struct DataDeclaration {
    let source: DataSource
    let table: DataTable

    private static let fields = ["per", "order", "at_end", "header", "delimiter"]
    private static let usage = "write data(\"accounts.csv\") or data { \"accounts.csv\", per = \"user\", order = \"unique\" }"

    /// Reads the argument of `data` at index 1 of the main stack, a text or a table. Throws a `ScriptError` when something is wrong with the
    /// declaration or the file.
    init(line: Int, script: Script, lua: UnsafeMutablePointer<cicada_lua>, materials: ScriptMaterials) throws(ScriptError) {
        let value = LuaValue(at: 1, of: lua.pointee.main, lua)
        var options = DataTable.Options()
        let file: String
        var source: DataSource
        if case .text(let name) = value {
            file = name
            source = DataSource(file: name, rows: 0)
        } else {
            let fields = try TableFields(of: "data", line: line, at: 1, script: script, lua: lua)
            try fields.refuseUnknown(knowing: Self.fields)
            lua_rawgeti(lua.pointee.main, 1, 1)
            let first = LuaValue(at: -1, of: lua.pointee.main, lua)
            lua_settop(lua.pointee.main, -2)
            guard fields.count == 1, case .text(let name) = first else {
                let problem =
                    fields.count > 1 ? "has \(fields.count) items instead of one file" : "needs a file's name first, not \(first.words)"
                throw fields.error(nil, "data \(problem)", Self.usage)
            }
            file = name
            source = DataSource(file: name, rows: 0)
            if let scope = try fields.word("per", DataSource.Scope.self) { source.scope = scope }
            if let order = try fields.word("order", DataSource.Order.self) { source.order = order }
            if let atEnd = try fields.word("at_end", DataSource.Exhaustion.self) {
                if source.order != .unique {
                    throw fields.error(
                        "at_end", "at_end is for order = \"unique\" only: \(source.order.rawValue) rows never end", "remove one of the two")
                }
                source.atEnd = atEnd
            }
            options = try Self.options(fields, file: file)
        }
        func refusal(_ message: String) -> ScriptError {
            let position = script.text.start(ofLine: line)
            return ScriptError(.data, file: script.name, line: position.line, column: position.column, message: message)
        }
        let bytes: [UInt8]
        do throws(Refusal) { bytes = try materials.file(file) } catch { throw refusal(error.message) }
        table = try script.tables.table(name: file, bytes: bytes, options: options)
        source.rows = table.rowCount
        self.source = source
    }

    private static func options(_ fields: TableFields, file: String) throws(ScriptError) -> DataTable.Options {
        var options = DataTable.Options()
        let hasHeader = try fields.flag("header")
        let delimiter = try fields.text("delimiter", example: "delimiter = \";\"")
        if hasHeader ?? true != true || delimiter != nil, DataTable.Format(fileName: file) == .jsonLines {
            throw fields.error(delimiter != nil ? "delimiter" : "header", "header and delimiter are for CSV files only", "remove them")
        }
        options.hasHeader = hasHeader ?? true
        if let delimiter {
            guard let byte = delimiter.utf8.first, delimiter.utf8.count == 1, byte < 128, ![0, 10, 13, UInt8(ascii: "\"")].contains(byte)
            else {
                throw fields.error(
                    "delimiter", "delimiter must be one ASCII character, not \"\(delimiter)\"",
                    "write delimiter = \";\" or delimiter = \"\\t\"")
            }
            options.delimiter = byte
        }
        return options
    }
}
