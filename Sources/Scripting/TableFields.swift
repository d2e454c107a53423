import CLua
import CLuaBridge
import LoadModel

/// The named fields of a declared user class or task, and how to read each.
struct TableFields {
    /// The line of the script on which the table begins.
    let line: Int
    /// Number of items without a name.
    let count: Int
    /// How messages name the table.
    let owner: String
    private let script: Script
    private var values: [String: LuaValue] = [:]
    private var tables: [String: TableContent] = [:]
    private var kept: [String: ClassFunctions.Function] = [:]

    /// Reads the table at an index of the main stack. `owner` names it in messages.
    init(of owner: String, line: Int, at index: Int32, script: Script, lua: UnsafeMutablePointer<cicada_lua>) throws(ScriptError) {
        self.owner = owner
        self.line = line
        self.script = script
        let stack = lua.pointee.main
        count = Int(lua_rawlen(stack, index))
        lua_pushnil(stack)
        while lua_next(stack, index) != 0 {
            if lua_type(stack, -2) == LUA_TSTRING {
                let name = LuaState.text(at: -2, of: stack)
                let value = LuaValue(at: -1, of: stack, lua)
                values[name] = value
                if case .function = value { kept[name] = try Self.keepFunction(at: -1, script: script, lua: lua) }
                if case .table = value { tables[name] = TableContent(at: lua_gettop(stack), of: stack, lua) }
            } else if lua_isinteger(stack, -2) == 0 || !(1...max(count, 1)).contains(Int(lua_tointegerx(stack, -2, nil))) {
                let key = LuaValue(at: -2, of: stack, lua).words
                throw error(nil, "\(owner) has something under the key \(key)", "items stand one after another, without a nil between them")
            }
            lua_settop(stack, -2)
        }
    }

    /// Keeps the function at an index of the main stack in the registry.
    static func keepFunction(at index: Int32, script: Script, lua: UnsafeMutablePointer<cicada_lua>) throws(ScriptError)
        -> ClassFunctions.Function
    {
        lua_pushvalue(lua.pointee.main, index)
        let line = Int(cicada_function_line(lua))
        let reference = cicada_keep(lua)
        if reference <= 0 {
            throw ScriptError(
                .memory, file: script.name, message: "Lua got no memory", remedy: "free memory on this machine or raise the limit")
        }
        return ClassFunctions.Function(reference: reference, line: line)
    }

    /// Throws when there is a field that is not among the known ones.
    func refuseUnknown(knowing known: [String]) throws(ScriptError) {
        for name in values.keys.sorted() where !known.contains(name) {
            throw error(name, "\(owner) has no field '\(name)'", Suggestion.remedy(for: name, among: known))
        }
    }

    /// `weight`: a number above 0; 1 when missing.
    func weight() throws(ScriptError) -> Double {
        guard let value = values["weight"] else { return 1 }
        guard case .number(let weight) = value, weight > 0, weight.isFinite else {
            throw error(
                "weight", "weight of \(owner) must be a number above 0, not \(value.wordsAmongNumbers)",
                "write weight = 1, or a larger or smaller share")
        }
        return weight
    }

    /// `wait`: what constant() or between() gives; no wait when missing.
    func wait() throws(ScriptError) -> WaitTime {
        guard let value = values["wait"] else { return .constant(nanoseconds: 0) }
        if case .function = value { return .scripted }
        guard case .wait(let wait) = value else {
            throw error(
                "wait", "wait of \(owner) must be a wait, not \(value.words)",
                "write wait = constant(1) or wait = between(1, 5), in seconds")
        }
        return WaitTime(wait)
    }

    /// `host`: a base URL; nil when missing.
    func host() throws(ScriptError) -> String? {
        guard let value = values["host"] else { return nil }
        let remedy = "write host = \"http://name:port\" or host = \"https://name\""
        guard case .text(let host) = value else { throw error("host", "host of \(owner) must be a text, not \(value.words)", remedy) }
        let rest = host.hasPrefix("http://") ? host.dropFirst(7) : host.hasPrefix("https://") ? host.dropFirst(8) : ""
        if rest.isEmpty || rest.utf8.contains(where: { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
            || rest.hasPrefix("/")
        {
            throw error("host", "host of \(owner) is no base URL: \"\(host)\"", remedy)
        }
        return host
    }

    /// `connections`: a connection mode; nil when missing.
    func connections() throws(ScriptError) -> ConnectionMode? {
        guard let value = values["connections"] else { return nil }
        let modes = ConnectionMode.allCases.map(\.rawValue)
        guard case .text(let text) = value else {
            throw error(
                "connections", "connections of \(owner) must be a text, not \(value.words)", "there are: \(modes.joined(separator: ", "))")
        }
        guard let mode = ConnectionMode(rawValue: text) else {
            throw error("connections", "connections of \(owner) cannot be \"\(text)\"", Suggestion.remedy(for: text, among: modes))
        }
        return mode
    }

    /// A field that is a function; nil when missing.
    func function(_ name: String) throws(ScriptError) -> ClassFunctions.Function? {
        guard let value = values[name] else { return nil }
        guard let function = kept[name] else {
            throw error(name, "\(name) of \(owner) must be a function, not \(value.words)", "write \(name) = function(self) ... end")
        }
        return function
    }

    /// The value of a field; nil when missing.
    subscript(name: String) -> LuaValue? { values[name] }

    /// What is in a field that is a table; nil when it is none.
    func table(_ name: String) -> TableContent? { tables[name] }

    /// An error at a field, or at the table's beginning.
    func error(_ field: String?, _ message: String, _ remedy: String) -> ScriptError {
        let position = field.flatMap { script.text.field($0, ofTableOnLine: line) } ?? script.text.start(ofLine: line)
        return ScriptError(.declaration, file: script.name, line: position.line, column: position.column, message: message, remedy: remedy)
    }
}
