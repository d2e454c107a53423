/// How a compiled function uses names, found by following what its registers hold from one instruction to the next.
///
/// Straight runs of instructions are followed, not branches: where paths meet, nothing is known. So what is found is certain, and some
/// uses are not found.
struct NameUses {
    /// One use.
    enum Use: Equatable {
        case readsGlobal(String)
        case assignsGlobal(String)
        /// A field of something that is read from a global right before.
        case readsField(global: String, field: String)
        /// `self.http:name`, in a function whose first parameter is a user.
        case callsHTTP(String)
        /// `self.name`.
        case readsUser(String)
        /// A field or method of what a request gave.
        case readsResponse(String)
        /// A field or method of what `data` gave.
        case readsData(String)
        /// The method of a request that is named by a text.
        case namesMethod(String)
        /// An option of a request.
        case givesOption(String)
        /// Any field that is set by its name.
        case assignsField(String)
        /// `env("name")`.
        case readsVariable(String)
    }

    /// Uses and their lines, in the order of the code; those of inner functions stand behind. `isInStep`: in a function that is certain to be a
    /// step of a user, or inside one.
    private(set) var all: [(use: Use, line: Int, isInStep: Bool)] = []

    /// What a register is known to hold.
    private enum Value: Equatable {
        case globals
        case global(String)
        case text(String)
        case user
        case http
        case request(String)
        case response
        case data
        /// A table that is being written out, by number.
        case table(Int)
        /// An inner function, by number.
        case closure(Int)
    }

    /// A table that is being written out.
    private struct Table {
        var keys: [(name: String, line: Int)] = []
        var closures: [Int] = []
        /// Its items, in their order, and the line on which they end; what is no longer known is nil.
        var items: [Value?] = []
        var line = 0
    }

    /// Operations of Lua 5.4 (`lopcodes.h`) that matter here.
    private enum Operation {
        static let move: UInt8 = 0
        static let loadConstant: UInt8 = 3
        static let getOuter: UInt8 = 9
        static let getOuterField: UInt8 = 11
        static let getTable: UInt8 = 12
        static let getField: UInt8 = 14
        static let setOuterField: UInt8 = 15
        static let setTable: UInt8 = 16
        static let setItem: UInt8 = 17
        static let setField: UInt8 = 18
        static let newTable: UInt8 = 19
        static let method: UInt8 = 20
        static let jump: UInt8 = 56
        static let call: UInt8 = 68
        static let setList: UInt8 = 78
        static let closure: UInt8 = 79
        /// They write no register: SETUPVAL, SETI, MMBIN…, CLOSE, TBC, comparisons, TEST, returns, VARARGPREP, EXTRAARG.
        static let silent: Set<UInt8> = Set([10, 17, 70, 71, 72, 81, 82] + Array(46...48) + Array(54...55) + Array(57...66))
        /// The beginnings and ends of `for` loops: what holds in the first round need not hold in the next.
        static let loops: ClosedRange<UInt8> = 73...77
    }

    init(of function: CompiledFunction) { follow(function, outer: [:], isStep: false, isInStep: false) }

    private mutating func follow(_ function: CompiledFunction, outer: [Int: Value], isStep: Bool, isInStep: Bool) {
        let jumps = function.code.enumerated().filter { $0.element.operation == Operation.jump }.map {
            (from: $0.offset, to: $0.offset + 1 + $0.element.distance)
        }
        let backward = Set(jumps.filter { $0.to <= $0.from }.map(\.to))
        let isUser = function.parameters > 0 && (isStep || function.firstLocal == "self") && !function.writes(register: 0, Self.isSilent)
        // What held where a forward jump left; where paths meet, what holds on all of them is known.
        var left: [Int: [[Int: Value]]] = [:]
        var registers: [Int: Value] = [:]
        var tables: [Table] = []
        var steps: Set<Int> = []
        var captured: [Int: [Int: Value]] = [:]
        for (position, instruction) in function.code.enumerated() {
            if backward.contains(position) { registers.removeAll() }
            for state in left.removeValue(forKey: position) ?? [] { registers = registers.filter { state[$0.key] == $0.value } }
            if isUser { registers[0] = .user }
            let line = function.lines.indices.contains(position) ? function.lines[position] : 0
            func note(_ use: Use, at other: Int? = nil) { all.append((use, other ?? line, isInStep)) }
            let (a, b, c) = (instruction.a, instruction.b, instruction.c)
            var result: Value?
            switch instruction.operation {
            case Operation.jump:
                let target = position + 1 + instruction.distance
                if target > position { left[target, default: []].append(registers) }
                continue
            case Operation.move: result = registers[b]
            case Operation.getOuterField where function.isGlobals(b):
                result = readGlobal(function.text(c), line, isInStep)
            case Operation.getOuter: result = function.isGlobals(b) ? .globals : outer[b]
            case Operation.setOuterField:
                if function.isGlobals(a), let name = function.text(b) { note(.assignsGlobal(name)) }
                continue
            case Operation.setTable:
                if registers[a] == .globals, case .text(let name)? = registers[b] { note(.assignsGlobal(name)) }
                if case .table(let number)? = registers[a] { tables[number].items = [] }
                continue
            case Operation.setItem:
                if case .table(let number)? = registers[a] { tables[number].items = [] }
                continue
            case Operation.setField:
                guard let name = function.text(b) else { continue }
                note(.assignsField(name))
                if case .table(let number)? = registers[a] {
                    tables[number].keys.append((name, line))
                    if !instruction.isConstant, case .closure(let inner)? = registers[c], name == "on_start" || name == "on_stop" {
                        steps.insert(inner)
                    }
                }
                continue
            case Operation.newTable:
                result = .table(tables.count)
                tables.append(Table())
            case Operation.setList:
                if case .table(let number)? = registers[a] {
                    for case .closure(let inner) in registers.filter({ $0.key > a }).values { tables[number].closures.append(inner) }
                    // Without a count the last item is a call, which may give any number.
                    tables[number].items += (0..<b).map { registers[a + 1 + $0] }
                    tables[number].line = line
                }
                registers = registers.filter { $0.key <= a }
                continue
            case Operation.closure:
                let inner = instruction.wide
                guard function.inner.indices.contains(inner) else { break }
                result = .closure(inner)
                for (index, source) in function.inner[inner].outerSources.enumerated() {
                    // Only sources of rows: what else a variable holds may change before the function runs.
                    let value = source.isRegister ? registers[source.index] : outer[source.index]
                    if value == .data { captured[inner, default: [:]][index] = .data }
                }
            case Operation.loadConstant:
                if let text = function.text(instruction.wide) {
                    result = .text(text)
                    if registers[a - 1] == .global("env") { note(.readsVariable(text)) }
                }
            case Operation.getTable:
                if case .text(let text)? = registers[c] { result = readField(text, of: registers[b], line, isInStep) }
            case Operation.getField:
                if let text = function.text(c) { result = readField(text, of: registers[b], line, isInStep) }
            case Operation.method:
                let object = registers[b]
                registers = registers.filter { $0.key < a }
                if let name = function.text(c) {
                    switch object {
                    case .http:
                        note(.callsHTTP(name))
                        result = .request(name)
                    case .response: note(.readsResponse(name))
                    case .data: note(.readsData(name))
                    // A string's method or that of any other value: it is not known which.
                    default: break
                    }
                }
            case Operation.call:
                let arguments = b == 0 ? Int.max : b - 1
                switch registers[a] {
                case .request(let name)?:
                    let place = name == "request" ? 4 : 3
                    if name == "request", arguments >= 2, case .text(let method)? = registers[a + 2] { note(.namesMethod(method)) }
                    if name == "batch", arguments == 2, case .table(let list)? = registers[a + 2] {
                        for case .table(let number)? in tables[list].items {
                            let request = tables[number]
                            if case .text(let method)?? = request.items.first { note(.namesMethod(method), at: request.line) }
                            guard request.items.count == 3, case .table(let options)? = request.items[2] else { continue }
                            for key in tables[options].keys { note(.givesOption(key.name), at: key.line) }
                        }
                    }
                    if name != "batch", name != "clear_cookies", arguments == place, case .table(let number)? = registers[a + place] {
                        for key in tables[number].keys { note(.givesOption(key.name), at: key.line) }
                    }
                    if name != "batch", c == 2 { result = .response }
                case .global("task")?:
                    if arguments == 1, case .table(let number)? = registers[a + 1] { steps.formUnion(tables[number].closures) }
                case .global("setup")?, .global("teardown")?:
                    if arguments == 1, case .closure(let inner)? = registers[a + 1] { steps.insert(inner) }
                case .global("data")?: if c == 2 { result = .data }
                default:
                    // Whoever gets a table may change it.
                    for case .table(let number) in registers.filter({ $0.key > a }).values { tables[number].items = [] }
                }
                registers = registers.filter { $0.key < a }
            case Operation.loops:
                registers.removeAll()
                continue
            case _ where Self.isSilent(instruction.operation): continue
            default:
                // Most write one register, calls a whole range; none writes below its first.
                registers = registers.filter { $0.key < a }
            }
            registers[a] = result
        }
        for (number, inner) in function.inner.enumerated() {
            let isStep = steps.contains(number)
            follow(inner, outer: captured[number] ?? [:], isStep: isStep, isInStep: isInStep || isStep)
        }
    }

    private static func isSilent(_ operation: UInt8) -> Bool {
        Operation.silent.contains(operation)
            || [Operation.setOuterField, Operation.setTable, Operation.setField, Operation.setList, Operation.jump].contains(operation)
    }

    private mutating func readGlobal(_ name: String?, _ line: Int, _ isInStep: Bool) -> Value? {
        guard let name else { return nil }
        all.append((.readsGlobal(name), line, isInStep))
        return .global(name)
    }

    private mutating func readField(_ field: String, of value: Value?, _ line: Int, _ isInStep: Bool) -> Value? {
        switch value {
        case .globals: return readGlobal(field, line, isInStep)
        case .global(let name): all.append((.readsField(global: name, field: field), line, isInStep))
        case .user:
            all.append((.readsUser(field), line, isInStep))
            return field == "http" ? .http : nil
        case .response: all.append((.readsResponse(field), line, isInStep))
        case .data: all.append((.readsData(field), line, isInStep))
        default: break
        }
        return nil
    }
}

extension CompiledFunction {
    /// Whether any instruction may write a register; `isSilent` says of an operation that it writes none.
    fileprivate func writes(register: Int, _ isSilent: (UInt8) -> Bool) -> Bool {
        code.contains { $0.a == register && !isSilent($0.operation) }
    }

    /// The text constant at an index; nil when there is none.
    fileprivate func text(_ index: Int) -> String? {
        guard constants.indices.contains(index), case .text(let text) = constants[index] else { return nil }
        return text
    }

    /// Whether an outer variable is the table of globals.
    fileprivate func isGlobals(_ outer: Int) -> Bool { outerNames.indices.contains(outer) && outerNames[outer] == "_ENV" }
}
