import CLua
import CLuaBridge
import LoadModel

/// One Lua state in which a script's top level has run. Used by one thread; owns the state and closes it.
final class LuaState {
    /// The open state; closed with this object.
    let lua: UnsafeMutablePointer<cicada_lua>
    /// What the script declares.
    let scenario: Scenario
    /// In the order of the scenario's classes.
    let functions: [ClassFunctions]
    /// What runs once in a run; nil where the script has none.
    let setup: ClassFunctions.Function?
    /// See `setup`.
    let teardown: ClassFunctions.Function?
    /// The script.
    let script: Script
    /// The script's name as Lua shows it in messages: shortened when long.
    let shownName: String
    /// What script functions get from Swift.
    let host: ScriptHost

    /// Opens a sandboxed state, compiles the script, runs its top level and reads the declarations.
    init(
        script: Script, materials: ScriptMaterials, memoryLimitBytes: Int, seed: UInt64? = nil, log: @escaping (String) -> Void
    ) throws(ScriptError) {
        let seed = seed ?? UInt64.random(in: .min ... .max)
        let host = ScriptHost(script: script, materials: materials, seed: seed, log: log)
        guard let lua = cicada_open(host.functions, memoryLimitBytes) else {
            throw ScriptError(
                .memory, file: script.name, message: "Lua got no memory", remedy: "free memory on this machine or raise the limit")
        }
        host.serve(lua)
        // Another sequence than that of the identifiers.
        cicada_seed(lua, seed ^ 0x6A09_E667_F3BC_C908)
        do throws(ScriptError) {
            let shownName = Self.shownName(of: script)
            try Self.runTopLevel(of: script, shownName: shownName, in: lua, host: host)
            var (scenario, functions) = try ScenarioReader(script: script, lua: lua).read()
            setup = Self.function(lua.pointee.setup_reference, line: lua.pointee.setup_line)
            teardown = Self.function(lua.pointee.teardown_reference, line: lua.pointee.teardown_line)
            scenario.hasSetup = setup != nil
            scenario.setupLine = setup?.line ?? 0
            scenario.teardownLine = teardown?.line ?? 0
            scenario.hasTeardown = teardown != nil
            scenario.dataSources = host.stocks.map(\.source)
            try LoadReader(script: script, lua: lua, runTimeNanoseconds: nil).check()
            scenario.thresholds = try ThresholdReader(script: script, lua: lua).read()
            self.scenario = scenario
            self.functions = functions
            self.shownName = shownName
        } catch {
            cicada_close(lua)
            throw error
        }
        self.lua = lua
        self.host = host
        self.script = script
    }

    private static func function(_ reference: Int32, line: Int32) -> ClassFunctions.Function? {
        reference > 0 ? ClassFunctions.Function(reference: reference, line: Int(line)) : nil
    }

    /// The last error that was not caught: its message, taken apart, and the calls that led to it, innermost first.
    func lastError() -> (message: LuaMessage, line: Int, stack: String) {
        let text = Self.text(lua.pointee.error_text, lua.pointee.error_text_length)
        let stack = Self.text(lua.pointee.error_stack, lua.pointee.error_stack_length)
        var calls = stack.split(separator: "\n").dropFirst().map { String($0.drop { $0 == "\t" }) }
        // The bridge's own first function is no news.
        while calls.last == "[C]: in ?" { calls.removeLast() }
        return (LuaMessage(text, shownName: shownName), Int(lua.pointee.error_line), calls.joined(separator: "\n"))
    }

    /// The message of that error, as Lua has it.
    static func lastErrorText(_ lua: UnsafeMutablePointer<cicada_lua>) -> String {
        text(lua.pointee.error_text, lua.pointee.error_text_length)
    }

    private static func text(_ start: UnsafeMutablePointer<CChar>?, _ length: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    deinit { cicada_close(lua) }

    /// As Lua shortens the name of a chunk in messages: its last 56 bytes behind three dots when longer than 59.
    static func shownName(of script: Script) -> String {
        let bytes = Array(script.name.utf8)
        return bytes.count <= 59 ? script.name : "..." + String(decoding: bytes.suffix(56), as: UTF8.self)
    }

    private static func runTopLevel(
        of script: Script, shownName: String, in lua: UnsafeMutablePointer<cicada_lua>, host: ScriptHost
    ) throws(ScriptError) {
        let stack = lua.pointee.main
        var consumed = 0
        let isCompiled = script.text.bytes.withUnsafeBytes {
            cicada_compile(lua, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, "@" + script.name, &consumed)
        }
        if !isCompiled {
            throw LuaMessage(text(at: -1, of: stack), shownName: shownName).syntaxError(in: script, consumed: consumed)
        }
        if cicada_run_top_level(lua) { return }
        if lua.pointee.unwinding == CICADA_UNWINDING_MEMORY {
            throw ScriptError(
                .memory, file: script.name, line: lua.pointee.refused_line > 0 ? Int(lua.pointee.refused_line) : nil,
                message: "the top level needs more than \(lua.pointee.limit_bytes >> 20) MiB of memory",
                remedy: "make fewer or smaller values there; keep data in data files")
        }
        let message = LuaMessage(text(lua.pointee.error_text, lua.pointee.error_text_length), shownName: shownName)
        if let refused = host.refusedData, refused.message == message.text { throw refused }
        throw message.topLevelError(in: script, lineOfError: Int(lua.pointee.error_line))
    }

    /// The text at an index of a stack, decoded as UTF-8; what is no text becomes "unknown error".
    static func text(at index: Int32, of stack: OpaquePointer?) -> String {
        guard lua_type(stack, index) == LUA_TSTRING else { return "unknown error" }
        var length = 0
        let start = lua_tolstring(stack, index, &length)
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}

/// Where the functions of a user class are kept in the state's registry.
struct ClassFunctions: Equatable {
    /// A function and the line of the script on which it begins.
    struct Function: Equatable {
        var reference: Int32
        var line: Int
    }

    /// Nil when the class has none.
    var onStart: Function?
    /// What the class says of all its requests; nil: nothing.
    var defaults: RequestDefaults?
    /// Nil when the class has none.
    var onStop: Function?
    /// Nil unless the class's wait is a function.
    var wait: Function?
    /// In the order of the class's tasks.
    var tasks: [Function] = []
    /// Whether the task with an index stands in a group.
    var isGrouped: [Bool] = []
}
