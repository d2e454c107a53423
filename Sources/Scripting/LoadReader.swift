import CLua
import CLuaBridge
import Glibc
import LoadModel

/// Reads and checks what a script's `load { … }` says.
struct LoadReader {
    private let script: Script
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var stack: OpaquePointer? { lua.pointee.main }
    /// Nanoseconds after which a function that does not end is not asked any more; nil: it has to end by itself.
    private let runTimeNanoseconds: Int64?

    /// Whole seconds of which a function is asked at most: 7 days.
    static let longestSeconds = LoadBounds.mostLines
    /// Nanoseconds that all calls of a function may compute.
    private static let longestComputing: Int64 = 10_000_000_000
    private static let numbers: Set<LoadField> = [.users, .spawnRate, .maxUsers, .iterations, .requests]

    /// A reader for a state in which the script's top level has just run.
    init(script: Script, lua: UnsafeMutablePointer<cicada_lua>, runTimeNanoseconds: Int64?) {
        self.script = script
        self.lua = lua
        self.runTimeNanoseconds = runTimeNanoseconds
    }

    /// What is declared; nil: nothing is. A function is called here, once for each whole second.
    func read() throws(ScriptError) -> LoadDeclaration? {
        let bottom = lua_gettop(stack)
        defer { lua_settop(stack, bottom) }
        guard let fields = try fields() else { return nil }
        var declared = LoadDeclaration()
        for field in LoadField.allCases {
            guard let value = fields[field.scriptName] else { continue }
            let source = "\(field.scriptName) (\(place(of: field, fields)))"
            if Self.numbers.contains(field) {
                try readNumber(field, value, into: &declared, fields, source)
            } else if field == .shape || field == .arrivalShape, let function = try? fields.function(field.scriptName) {
                let inScript = try runTime(fields)
                let profile = try course(function, field, fields, runTimeNanoseconds: runTimeNanoseconds ?? inScript)
                declared.set(shape: profile, isOpen: field == .arrivalShape, source: source)
            } else {
                try readText(field, value, into: &declared, fields, source)
            }
        }
        return declared
    }

    /// Throws when something is declared that does not exist. All else is the business of whoever plans the run.
    func check() throws(ScriptError) {
        let bottom = lua_gettop(stack)
        defer { lua_settop(stack, bottom) }
        _ = try fields()
    }

    // MARK: - Parts

    /// Leaves the table on the stack; nil: there is none.
    private func fields() throws(ScriptError) -> TableFields? {
        guard lua.pointee.load_reference > 0 else { return nil }
        lua_rawgeti(stack, cicada_registry_index, lua_Integer(lua.pointee.load_reference))
        let fields = try TableFields(
            of: "load", line: Int(lua.pointee.load_line), at: lua_gettop(stack), script: script, lua: lua)
        try fields.refuseUnknown(knowing: LoadField.allCases.map(\.scriptName))
        if fields.count > 0 {
            throw fields.error(nil, "load has an item without a name", "write load { users = 100, run_time = \"5m\" }")
        }
        return fields
    }

    private func place(of field: LoadField, _ fields: TableFields) -> String {
        let error = fields.error(field.scriptName, "", "")
        return "\(script.name):\(error.line ?? fields.line):\(error.column ?? 1)"
    }

    private func readNumber(
        _ field: LoadField, _ value: LuaValue, into declared: inout LoadDeclaration, _ fields: TableFields, _ source: String
    ) throws(ScriptError) {
        let name = field.scriptName
        if field == .spawnRate {
            guard case .number(let rate) = value, rate.isFinite, rate > 0, rate <= 1e9 else {
                throw fields.error(
                    name, "\(name) of load must be a number above 0, not \(value.wordsAmongNumbers)", "write users per second: \(name) = 10"
                )
            }
            return declared.set(spawnRate: rate, source: source)
        }
        let range = LoadDeclaration.range(of: field)
        guard case .number(let number) = value, let count = Int(exactly: number), range.contains(count) else {
            throw fields.error(
                name, "\(name) of load must be a whole number from 1 to \(range.upperBound), not \(value.wordsAmongNumbers)",
                "write \(name) = 100")
        }
        declared.set(field, count: count, source: source)
    }

    private func readText(
        _ field: LoadField, _ value: LuaValue, into declared: inout LoadDeclaration, _ fields: TableFields, _ source: String
    ) throws(ScriptError) {
        let text: String
        switch value {
        case .text(let given): text = given
        // A bare number has a message of its own, which shows both of its readings.
        case .number: text = value.wordsAmongNumbers
        default:
            let isShape = field == .shape || field == .arrivalShape
            throw fields.error(
                field.scriptName, "\(field.scriptName) of load must be a text\(isShape ? " or a function" : ""), not \(value.words)",
                "write \(field.scriptName) = \"\(Self.example(of: field))\"")
        }
        do throws(LoadError) { try declared.set(field, text: text, source: source) } catch {
            throw fields.error(field.scriptName, "\(field.scriptName) of load: \(error.message)", error.remedy)
        }
    }

    private func runTime(_ fields: TableFields) throws(ScriptError) -> Int64? {
        guard let value = fields[LoadField.runTime.scriptName] else { return nil }
        var declared = LoadDeclaration()
        try readText(.runTime, value, into: &declared, fields, "")
        return declared.runTimeNanoseconds
    }

    /// The levels that a function gives for the seconds 0, 1, 2 and so on, until it gives nil.
    private func course(
        _ function: ClassFunctions.Function, _ field: LoadField, _ fields: TableFields, runTimeNanoseconds: Int64?
    ) throws(ScriptError) -> LoadProfile {
        let name = field.scriptName
        func wrong(_ problem: String, _ remedy: String) -> ScriptError { fields.error(name, "\(name) of load \(problem)", remedy) }
        // One level more than seconds, so that the last of them has a line to its end.
        let most =
            runTimeNanoseconds.map { Int(min(($0 + 999_999_999) / 1_000_000_000 + 1, Int64(Self.longestSeconds))) } ?? Self.longestSeconds
        let unit = field == .shape ? "users" : "starts per second"
        var levels: [Double] = []
        var hasEnded = false
        let begin = Self.computed()
        while levels.count < most {
            let second = levels.count
            guard cicada_call_shape(lua, function.reference, Int64(second)) else { throw raised() }
            let value = LuaValue(at: -1, of: stack, lua)
            lua_settop(stack, -2)
            if case .none = value {
                hasEnded = true
                break
            }
            guard case .number(let level) = value, level >= 0, level <= LoadBounds.greatestLevel else {
                throw wrong(
                    "must give a number from 0 to 10000000 or nil, but for second \(second) it gives \(value.wordsAmongNumbers)",
                    "return \(unit), and nil where the load is to end")
            }
            levels.append(level)
            if Self.computed() - begin > Self.longestComputing {
                throw wrong("computed for over 10 s, up to second \(second)", "compute less in it, or let the load end earlier")
            }
        }
        guard !levels.isEmpty else { throw wrong("gives nil for second 0: the load would end before it begins", "return \(unit) first") }
        if !hasEnded, levels.count == Self.longestSeconds, (runTimeNanoseconds ?? .max) > Int64(Self.longestSeconds) * 1_000_000_000 {
            throw wrong("goes on for over 7 days", "return nil where the load is to end, or give a run_time")
        }
        guard levels.contains(where: { $0 > 0 }) else { throw wrong("gives 0 for every second", "return \(unit) above 0") }
        return LoadProfile(eachSecond: levels, isWhole: hasEnded)
    }

    /// The error that a call of the function ended with.
    private func raised() -> ScriptError {
        let text = LuaState.lastErrorText(lua)
        if lua.pointee.unwinding == CICADA_UNWINDING_MEMORY {
            return ScriptError(
                .memory, file: script.name, message: "the shape of load needs too much memory", remedy: "make fewer or smaller values there"
            )
        }
        return LuaMessage(text, shownName: LuaState.shownName(of: script)).topLevelError(
            in: script, lineOfError: Int(lua.pointee.error_line))
    }

    private static func computed() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func example(of field: LoadField) -> String {
        switch field {
        case .stages: "2m:1000, 10m:1000, 1m:0"
        case .shape: "spike(base=100, peak=1000, at=1m, for=30s)"
        case .arrivalRate: "1000/s"
        case .arrivalStages: "1m:100/s, 5m:100/s"
        case .arrivalShape: "spike(base=10/s, peak=100/s, at=1m, for=30s)"
        case .arrivals: "poisson"
        default: "30s"
        }
    }
}
