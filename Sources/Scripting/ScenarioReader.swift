import CLua
import CLuaBridge
import LoadModel

/// Reads and checks what a script's top level declared.
struct ScenarioReader {
    private let script: Script
    /// The state.
    let lua: UnsafeMutablePointer<cicada_lua>
    private var stack: OpaquePointer? { lua.pointee.main }

    /// A reader for a state in which the script's top level has just run.
    init(script: Script, lua: UnsafeMutablePointer<cicada_lua>) {
        self.script = script
        self.lua = lua
    }

    /// The declared classes and their functions, in the order of declaration. Throws a `ScriptError` at the first thing that is wrong.
    func read() throws(ScriptError) -> (Scenario, [ClassFunctions]) {
        var classes: [UserClass] = []
        var functions: [ClassFunctions] = []
        var lines: [String: Int] = [:]
        lua_checkstack(stack, 32)
        let bottom = lua_gettop(stack)
        defer { lua_settop(stack, bottom) }
        lua_rawgeti(stack, cicada_registry_index, lua_Integer(lua.pointee.declared_reference))
        let count = Int(lua_rawlen(stack, -1))
        for index in 0..<count {
            lua_rawgeti(stack, -1, lua_Integer(index + 1))
            defer { lua_settop(stack, -2) }
            let (userClass, itsFunctions, line) = try readClass()
            if let earlier = lines.updateValue(line, forKey: userClass.name) {
                throw error(
                    line, "there are two user classes named \"\(userClass.name)\"; the first is on line \(earlier)",
                    "give one of them another name")
            }
            classes.append(userClass)
            functions.append(itsFunctions)
        }
        if classes.isEmpty {
            throw ScriptError(
                .declaration, file: script.name, message: "the script declares no user class",
                remedy: "write user \"Name\" { task { \"name\", function(self) ... end } }")
        }
        return (Scenario(scriptName: script.name, userClasses: classes), functions)
    }

    /// Reads the declaration {name, line, table} on top of the stack.
    private func readClass() throws(ScriptError) -> (UserClass, ClassFunctions, line: Int) {
        let declaration = lua_gettop(stack)
        lua_rawgeti(stack, declaration, 1)
        let name = LuaState.text(at: -1, of: stack)
        lua_rawgeti(stack, declaration, 2)
        let line = Int(lua_tointegerx(stack, -1, nil))
        lua_rawgeti(stack, declaration, 3)
        defer { lua_settop(stack, declaration) }
        let owner = "user \"\(name)\""
        guard lua_type(stack, -1) == LUA_TTABLE else {
            throw error(line, "\(owner) has no table", "write \(owner) { ... } with at least one task in the braces")
        }
        if let problem = Self.problem(withName: name) {
            throw error(line, "the name of a user class \(problem)", "give the class a short name: user \"Name\" { ... }")
        }
        let fields = try TableFields(of: owner, line: line, at: lua_gettop(stack), script: script, lua: lua)
        try fields.refuseUnknown(knowing: Self.fields)
        var userClass = UserClass(name: name, tasks: [])
        userClass.weight = try fields.weight()
        userClass.wait = try fields.wait()
        userClass.host = try fields.host()
        userClass.connections = try fields.connections()
        userClass.fixedCount = try fields.fixedCount()
        userClass.profile = try fields.profile()
        var functions = ClassFunctions(
            onStart: try fields.function("on_start"), onStop: try fields.function("on_stop"),
            wait: userClass.wait == .scripted ? try fields.function("wait") : nil)
        userClass.hasOnStart = functions.onStart != nil
        userClass.hasOnStop = functions.onStop != nil
        userClass.onStartLine = functions.onStart?.line ?? 0
        userClass.onStopLine = functions.onStop?.line ?? 0
        functions.defaults = try defaults(at: lua_gettop(stack), fields)
        var items = ItemReader(of: owner, script: script, lua: lua)
        userClass.order = TaskGroup(items: try items.read(lua_gettop(stack), fields))
        userClass.tasks = items.tasks
        functions.tasks = items.functions
        functions.isGrouped = items.isGrouped
        return (userClass, functions, line)
    }

    private static let fields = [
        "wait", "on_start", "on_stop", "host", "weight", "fixed_count", "connections", "proxy", "certificate", "timeout", "redirects",
        "headers", "auth",
    ]

    /// What is wrong with a name that goes into every table; nil when nothing is.
    static func problem(withName name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > 200 { return "has \(name.utf8.count) bytes; at most 200 fit into a report" }
        return name.utf8.contains { $0 < 32 || $0 == 127 } ? "holds a control character" : nil
    }

    private func error(_ line: Int, _ message: String, _ remedy: String) -> ScriptError {
        let position = script.text.start(ofLine: line)
        return ScriptError(.declaration, file: script.name, line: position.line, column: position.column, message: message, remedy: remedy)
    }
}
