import CLua
import CLuaBridge
import LoadModel

/// What a script is found to use without running its tasks: names that nobody has defined, variables of the environment, files.
package struct ScriptNames: Sendable, Equatable {
    /// Uses of names that neither the script sets nor the language has, in the order of their lines; each name once a line.
    package var problems: [ScriptError] = []
    /// Variables that the script reads with `env("…")`, in the order of their appearance.
    package var environment: [String] = []

    package init() {}
}

extension Script {
    /// Compiles the script, without running any of it, and looks through what the compiler made of it.
    ///
    /// A global that some function of the script assigns counts as set, wherever that is. Throws a `ScriptError` when the script does not compile.
    package func names() throws(ScriptError) -> ScriptNames {
        let host = ScriptHost(script: self, materials: ScriptMaterials(resources), seed: 0, log: { _ in })
        guard let lua = cicada_open(host.functions, .max) else {
            throw ScriptError(.memory, file: name, message: "Lua got no memory", remedy: "free memory on this machine")
        }
        defer { cicada_close(lua) }
        let known = KnownNames(of: lua.pointee.main)
        var consumed = 0
        let isCompiled = text.bytes.withUnsafeBytes {
            cicada_compile(lua, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, "@" + name, &consumed)
        }
        if !isCompiled {
            throw LuaMessage(LuaState.text(at: -1, of: lua.pointee.main), shownName: name).syntaxError(in: self, consumed: consumed)
        }
        var dump: [UInt8] = []
        _ = withUnsafeMutablePointer(to: &dump) { target in
            lua_dump(
                lua.pointee.main,
                { _, bytes, count, target in
                    target?.assumingMemoryBound(to: [UInt8].self).pointee.append(
                        contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                    return 0
                }, target, 0)
        }
        guard let main = CompiledFunction(dump) else { return ScriptNames() }
        return ScriptNames(NameUses(of: main), of: self, known: known)
    }
}

/// What a fresh state knows: its globals, and the fields of those that are tables.
struct KnownNames {
    private(set) var globals: Set<String> = []
    private(set) var fields: [String: Set<String>] = [:]

    init(of stack: OpaquePointer?) {
        lua_rawgeti(stack, cicada_registry_index, lua_Integer(LUA_RIDX_GLOBALS))
        let tables = Self.names(stack)
        globals = Set(tables.map(\.name))
        for (name, isTable) in tables where isTable && name != "_G" {
            lua_getfield(stack, -1, name)
            // A table that looks its fields up has more than it shows.
            if lua_getmetatable(stack, -1) == 0 { fields[name] = Set(Self.names(stack).map(\.name)) } else { lua_settop(stack, -2) }
            lua_settop(stack, -2)
        }
        lua_settop(stack, -2)
    }

    /// The text keys of the table on top of the stack.
    private static func names(_ stack: OpaquePointer?) -> [(name: String, isTable: Bool)] {
        var names: [(String, Bool)] = []
        lua_pushnil(stack)
        while lua_next(stack, -2) != 0 {
            if lua_type(stack, -2) == LUA_TSTRING { names.append((LuaState.text(at: -2, of: stack), lua_type(stack, -1) == LUA_TTABLE)) }
            lua_settop(stack, -2)
        }
        return names
    }
}

extension ScriptNames {
    private static let httpMethods = HTTPMethod.allCases.map { $0.text.lowercased() } + ["request", "batch", "clear_cookies"]
    private static let topLevelFunctions: Set<String> = [
        "user", "task", "sequence", "group", "setup", "teardown", "data", "file", "load", "thresholds",
    ]
    private static let responseFields = [
        "status", "ok", "headers", "body", "text", "json", "truncated", "time", "phases", "redirects", "url", "error", "cookies",
    ]

    private static func isName(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || UInt8(ascii: "A")...UInt8(ascii: "z") ~= $0 || $0 < 58 && $0 > 47 }
    }

    /// Judges what a script uses.
    init(_ uses: NameUses, of script: Script, known: KnownNames) {
        var assigned: Set<String> = []
        var assignedFields: Set<String> = []
        var earlyVariables: Set<String> = []
        for (use, _, isInStep) in uses.all {
            if case .assignsGlobal(let name) = use { assigned.insert(name) }
            if case .assignsField(let name) = use { assignedFields.insert(name) }
            if case .readsVariable(let name) = use, !isInStep { earlyVariables.insert(name) }
        }
        // Whoever handles the table of globals as a whole may set anything in it.
        let mayAssignAny = script.text.holds("_G") || script.text.holds("_ENV")
        let globals = known.globals.union(assigned).sorted()
        for (use, line, isInStep) in uses.all {
            switch use {
            case .assignsGlobal, .assignsField: break
            case .readsGlobal(let name):
                if isInStep, Self.topLevelFunctions.contains(name), !assigned.contains(name), !mayAssignAny {
                    report(
                        name, "'\(name)' cannot be used in a task", remedy: "call it at the top level of the script", line: line,
                        script: script)
                }
                if known.globals.contains(name) || assigned.contains(name) || mayAssignAny { break }
                let remedy = Suggestion.nearest(to: name, among: globals).map { "did you mean '\($0)'?" }
                report(
                    name, "there is no '\(name)': the script does not set it, and the language does not have it",
                    remedy: remedy ?? "set '\(name)' before it is used, or make it a local variable", line: line, script: script)
            case .readsField(let global, let field):
                guard !assigned.contains(global), let fields = known.fields[global], !fields.contains(field) else { break }
                report(
                    field, "there is no '\(global).\(field)'", remedy: Suggestion.remedy(for: field, among: fields.sorted()), line: line,
                    script: script)
            case .callsHTTP(let name):
                if Self.httpMethods.contains(name) { break }
                report(
                    name, "there is no 'self.http:\(name)'", remedy: Suggestion.remedy(for: name, among: Self.httpMethods), line: line,
                    script: script)
            case .namesMethod(let name):
                let methods = HTTPMethod.allCases.map(\.text)
                if methods.contains(name.uppercased()) { break }
                report(
                    name, "there is no method '\(name)'", remedy: Suggestion.remedy(for: name, among: methods), line: line, script: script)
            case .readsUser(let name):
                guard name != "http", !assignedFields.contains(name), Suggestion.nearest(to: name, among: ["http"]) != nil else { break }
                report(name, "there is no 'self.\(name)'", remedy: "did you mean 'http'?", line: line, script: script)
            case .readsResponse(let name):
                if Self.responseFields.contains(name) { break }
                report(
                    name, "a response has no field '\(name)'", remedy: Suggestion.remedy(for: name, among: Self.responseFields),
                    line: line, script: script)
            case .readsData(let name):
                if name == "row" { break }
                report(name, "a data source has no '\(name)'", remedy: "there is rows:row(self), and #rows", line: line, script: script)
            case .givesOption(let name):
                if RequestReader.optionNames.contains(name) { break }
                report(
                    name, "there is no option '\(name)'", remedy: Suggestion.remedy(for: name, among: RequestReader.optionNames),
                    line: line, script: script)
            case .readsVariable(let name):
                if isInStep, !earlyVariables.contains(name), !assigned.contains("env") {
                    report(
                        name, "env(\"\(name)\") is used in a task, but not at the top level, where variables are read",
                        remedy: "keep it: local \(Self.isName(name) ? name : "value") = env(\"\(name)\") at the top level", line: line,
                        script: script)
                }
                if !environment.contains(name) { environment.append(name) }
            }
        }
        problems.sort { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
    }

    private mutating func report(_ name: String, _ message: String, remedy: String, line: Int, script: Script) {
        let place = script.text.first(word: name, onLine: line) ?? script.text.start(ofLine: line)
        let problem = ScriptError(
            .unknownName, file: script.name, line: place.line, column: place.column, message: message, remedy: remedy)
        if !problems.contains(problem) { problems.append(problem) }
    }
}

extension SourceText {
    /// Whether a word stands anywhere in the text, comments included.
    fileprivate func holds(_ word: String) -> Bool { !bytes.ranges(of: Array(word.utf8)).isEmpty }
}
