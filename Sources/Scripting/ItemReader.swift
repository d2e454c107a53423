import CLua
import CLuaBridge
import LoadModel

/// Reads and checks the items of a user class: tasks and groups, and groups within groups.
struct ItemReader {
    /// Greatest depth of groups within one another.
    static let deepest = 10
    /// Most tasks of a class; one that stands in several groups counts in each.
    static let mostTasks = 10_000

    /// Every task, in the order in which they stand.
    private(set) var tasks: [ScenarioTask] = []
    /// Their functions.
    private(set) var functions: [ClassFunctions.Function] = []
    /// Whether they stand in a group.
    private(set) var isGrouped: [Bool] = []

    private let userClass: String
    private let script: Script
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var stack: OpaquePointer? { lua.pointee.main }

    /// A reader for the class that messages name like this.
    init(of userClass: String, script: Script, lua: UnsafeMutablePointer<cicada_lua>) {
        self.userClass = userClass
        self.script = script
        self.lua = lua
    }

    /// Reads the items of the class whose table is at an index of the main stack.
    mutating func read(_ table: Int32, _ fields: TableFields) throws(ScriptError) -> [TaskItem] {
        let items = try readItems(table, from: 1, of: fields, depth: 0, tags: [])
        if items.isEmpty {
            throw fields.error(
                nil, "\(userClass) has no task", "put at least one into its braces: task { \"name\", function(self) ... end }")
        }
        return items
    }

    private mutating func readItems(
        _ table: Int32, from first: Int, of fields: TableFields, depth: Int, tags: Set<String>
    ) throws(ScriptError) -> [TaskItem] {
        var items: [TaskItem] = []
        for index in first..<max(first, fields.count + 1) {
            if lua_checkstack(stack, 16) == 0 { throw memoryError }
            lua_rawgeti(stack, table, lua_Integer(index))
            defer { lua_settop(stack, table) }
            let item = lua_gettop(stack)
            var kind = CICADA_ITEM_TASK
            var line: Int32 = 0
            guard lua_type(stack, item) == LUA_TTABLE, cicada_to_item(lua, stack, item, &kind, &line) else {
                throw fields.error(
                    nil, "item \(index) of \(fields.owner) is \(LuaValue(at: item, of: stack, lua).words), not a task",
                    "write task { \"name\", function(self) ... end }")
            }
            if kind == CICADA_ITEM_TASK {
                items.append(.task(try readTask(item, line: Int(line), of: fields.owner, isGrouped: depth > 0, tags: tags)))
            } else {
                items.append(.group(try readGroup(item, kind, line: Int(line), of: fields.owner, depth: depth + 1, tags: tags)))
            }
        }
        return items
    }

    private mutating func readGroup(
        _ table: Int32, _ kind: cicada_item, line: Int, of owner: String, depth: Int, tags: Set<String>
    ) throws(ScriptError) -> TaskGroup {
        let word = kind == CICADA_ITEM_SEQUENCE ? "sequence" : "group"
        let name = try readName(table, line: line, word: word, of: owner, rest: "task { ... }, task { ... }")
        let fields = try TableFields(of: "\(word) \"\(name)\" of \(owner)", line: line, at: table, script: script, lua: lua)
        if depth > Self.deepest {
            throw fields.error(
                nil, "\(word) \"\(name)\" stands in more than \(Self.deepest) groups", "nest less; does a group contain itself?")
        }
        try fields.refuseUnknown(knowing: ["weight", "rounds", "tags"])
        let items = try readItems(table, from: 2, of: fields, depth: depth, tags: tags.union(try fields.tags()))
        if items.isEmpty {
            throw fields.error(
                nil, "\(fields.owner) has no task", "put at least one behind its name: task { \"name\", function(self) ... end }")
        }
        return TaskGroup(
            name: name, weight: try fields.weight(), order: kind == CICADA_ITEM_SEQUENCE ? .sequential : .weighted,
            rounds: try fields.rounds(), items: items)
    }

    /// The index of the task that it has read.
    private mutating func readTask(
        _ table: Int32, line: Int, of owner: String, isGrouped: Bool, tags: Set<String>
    ) throws(ScriptError) -> Int {
        let name = try readName(table, line: line, word: "task", of: owner, rest: "function(self) ... end")
        lua_rawgeti(stack, table, 2)
        defer { lua_settop(stack, table) }
        let task = "task \"\(name)\" of \(owner)"
        let body = LuaValue(at: table + 1, of: stack, lua)
        guard case .function = body else {
            throw error(
                line, "\(task) needs a function as its second item, not \(body.words)", "write task { \"\(name)\", function(self) ... end }"
            )
        }
        let function = try TableFields.keepFunction(at: table + 1, script: script, lua: lua)
        let fields = try TableFields(of: task, line: line, at: table, script: script, lua: lua)
        try fields.refuseUnknown(knowing: ["weight", "tags"])
        if fields.count > 2 {
            throw error(
                line, "\(task) has \(fields.count) items instead of a name and a function", "remove what follows the function's end")
        }
        if tasks.count == Self.mostTasks {
            throw error(line, "\(userClass) has more than \(Self.mostTasks) tasks", "use fewer; a group counts wherever it stands")
        }
        tasks.append(
            ScenarioTask(name: name, weight: try fields.weight(), tags: tags.union(try fields.tags()), line: function.line))
        functions.append(function)
        self.isGrouped.append(isGrouped)
        return tasks.count - 1
    }

    private func readName(_ table: Int32, line: Int, word: String, of owner: String, rest: String) throws(ScriptError) -> String {
        lua_rawgeti(stack, table, 1)
        defer { lua_settop(stack, -2) }
        let value = LuaValue(at: -1, of: stack, lua)
        guard case .text(let name) = value else {
            throw error(
                line, "a \(word) of \(owner) needs a name as its first item, not \(value.words)", "write \(word) { \"name\", \(rest) }")
        }
        if let problem = ScenarioReader.problem(withName: name) {
            throw error(line, "the name of a \(word) of \(owner) \(problem)", "give the \(word) a short name: \(word) { \"name\", ... }")
        }
        return name
    }

    private var memoryError: ScriptError {
        ScriptError(.memory, file: script.name, message: "Lua got no memory", remedy: "free memory on this machine or raise the limit")
    }

    private func error(_ line: Int, _ message: String, _ remedy: String) -> ScriptError {
        let position = script.text.start(ofLine: line)
        return ScriptError(.declaration, file: script.name, line: position.line, column: position.column, message: message, remedy: remedy)
    }
}
