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
    /// The script's name as Lua shows it in messages: shortened when long.
    let shownName: String
    private let host: ScriptHost

    /// Opens a sandboxed state, compiles the script, runs its top level and reads the declarations.
    init(script: Script, memoryLimitBytes: Int = .max, seed: UInt64? = nil, log: @escaping (String) -> Void) throws(ScriptError) {
        let seed = seed ?? UInt64.random(in: .min ... .max)
        let host = ScriptHost(seed: seed, log: log)
        guard let lua = cicada_open(host.functions, memoryLimitBytes) else {
            throw ScriptError(
                .memory, file: script.name, message: "Lua got no memory", remedy: "free memory on this machine or raise the limit")
        }
        host.serve(lua)
        // Another sequence than that of the identifiers.
        cicada_seed(lua, seed ^ 0x6A09_E667_F3BC_C908)
        do throws(ScriptError) {
            let shownName = Self.shownName(of: script)
            try Self.runTopLevel(of: script, shownName: shownName, in: lua)
            (scenario, functions) = try ScenarioReader(script: script, lua: lua).read()
            self.shownName = shownName
        } catch {
            cicada_close(lua)
            throw error
        }
        self.lua = lua
        self.host = host
    }

    deinit { cicada_close(lua) }

    /// As Lua shortens the name of a chunk in messages: its last 56 bytes behind three dots when longer than 59.
    private static func shownName(of script: Script) -> String {
        let bytes = Array(script.name.utf8)
        return bytes.count <= 59 ? script.name : "..." + String(decoding: bytes.suffix(56), as: UTF8.self)
    }

    private static func runTopLevel(of script: Script, shownName: String, in lua: UnsafeMutablePointer<cicada_lua>) throws(ScriptError) {
        let stack = lua.pointee.main
        var consumed = 0
        let isCompiled = script.text.bytes.withUnsafeBytes {
            cicada_compile(lua, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, "@" + script.name, &consumed)
        }
        if !isCompiled {
            throw LuaMessage(text(at: -1, of: stack), shownName: shownName).syntaxError(in: script, consumed: consumed)
        }
        if !cicada_run_top_level(lua) {
            let message = LuaMessage(text(at: -1, of: stack), shownName: shownName)
            throw message.topLevelError(in: script, lineOfError: Int(lua.pointee.error_line))
        }
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
    /// In the order of the class's tasks.
    var tasks: [Function]
}
