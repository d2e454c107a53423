import CLua
import CLuaBridge
import LoadModel

/// Reads the texts of a script's `thresholds { … }`. What they say is judged where the run is planned.
struct ThresholdReader {
    private let script: Script
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var stack: OpaquePointer? { lua.pointee.main }
    private var line: Int { Int(lua.pointee.thresholds_line) }

    private static let most = 1000
    private static let usage = "write thresholds { \"p95 < 200ms\", { \"failure_rate < 1%\", abort = true } }"
    private static let fields = ["abort", "abort_after"]

    /// A reader for a state in which the script's top level has just run.
    init(script: Script, lua: UnsafeMutablePointer<cicada_lua>) {
        self.script = script
        self.lua = lua
    }

    /// What is declared, in its order. Throws where something is no text.
    func read() throws(ScriptError) -> [ScriptThreshold] {
        guard lua.pointee.thresholds_reference > 0 else { return [] }
        let bottom = lua_gettop(stack)
        defer { lua_settop(stack, bottom) }
        lua_rawgeti(stack, cicada_registry_index, lua_Integer(lua.pointee.thresholds_reference))
        let list = try TableFields(of: "thresholds", line: line, at: lua_gettop(stack), script: script, lua: lua)
        try refuseFields(list)
        guard list.count <= Self.most else {
            throw list.error(nil, "thresholds has \(list.count) items; at most \(Self.most) are possible", "keep those that matter")
        }
        var thresholds: [ScriptThreshold] = []
        for index in 0..<list.count {
            lua_rawgeti(stack, bottom + 1, lua_Integer(index + 1))
            defer { lua_settop(stack, bottom + 1) }
            thresholds.append(try item(number: index + 1, list))
        }
        return thresholds
    }

    /// Reads the item on top of the stack.
    private func item(number: Int, _ list: TableFields) throws(ScriptError) -> ScriptThreshold {
        let place = "\(script.name):\(line)"
        let value = LuaValue(at: -1, of: stack, lua)
        if case .text(let text) = value { return ScriptThreshold(text: text, place: place) }
        guard case .table = value else {
            throw list.error(nil, "threshold \(number) must be a text, not \(value.words)", Self.usage)
        }
        let content = TableContent(at: lua_gettop(stack), of: stack, lua)
        guard content.items.count == 1, case .text(let text)? = content.items.first else {
            throw list.error(nil, "threshold \(number) must be one text, with fields or without", Self.usage)
        }
        for name in content.fields.keys.sorted() where !Self.fields.contains(name) {
            throw list.error(name, "threshold \(number) has no field '\(name)'", Suggestion.remedy(for: name, among: Self.fields))
        }
        var threshold = ScriptThreshold(text: text, place: place)
        switch content.fields["abort"] {
        case nil: break
        case .flag(let aborts)?: threshold.aborts = aborts
        case let other?: throw list.error(nil, "abort of threshold \(number) must be true or false, not \(other.words)", Self.usage)
        }
        switch content.fields["abort_after"] {
        case nil: break
        case .text(let time)?:
            threshold.aborts = true
            threshold.abortAfter = time
        case let other?:
            throw list.error(
                nil, "abort_after of threshold \(number) must be a text such as \"30s\", not \(other.words)", "write abort_after = \"30s\"")
        }
        return threshold
    }

    private func refuseFields(_ list: TableFields) throws(ScriptError) {
        do throws(ScriptError) { try list.refuseUnknown(knowing: []) } catch {
            throw ScriptError(
                .declaration, file: script.name, line: error.line, column: error.column, message: error.message,
                remedy: "each threshold is a text: \(Self.usage)")
        }
    }
}
