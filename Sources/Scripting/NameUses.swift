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
        /// `self.http:name` where `self` is the function's first parameter.
        case callsHTTP(String)
        /// `env("name")`.
        case readsVariable(String)
    }

    /// Uses and their lines, in the order of the code; those of inner functions stand behind.
    private(set) var all: [(use: Use, line: Int)] = []

    /// What a register is known to hold.
    private enum Value: Equatable {
        case globals
        case global(String)
        case text(String)
        case http
    }

    /// Operations of Lua 5.4 (`lopcodes.h`) that matter here.
    private enum Operation {
        static let loadConstant: UInt8 = 3
        static let getOuter: UInt8 = 9
        static let getOuterField: UInt8 = 11
        static let getTable: UInt8 = 12
        static let getField: UInt8 = 14
        static let setOuterField: UInt8 = 15
        static let setTable: UInt8 = 16
        static let method: UInt8 = 20
        static let jump: UInt8 = 56
    }

    init(of function: CompiledFunction) { follow(function) }

    private mutating func follow(_ function: CompiledFunction) {
        let meetings = Set(
            function.code.enumerated().filter { $0.element.operation == Operation.jump }.map { $0.offset + 1 + $0.element.distance })
        var registers: [Int: Value] = [:]
        for (position, instruction) in function.code.enumerated() {
            if meetings.contains(position) { registers.removeAll() }
            let line = function.lines.indices.contains(position) ? function.lines[position] : 0
            var result: Value?
            switch instruction.operation {
            case Operation.getOuterField where function.isGlobals(instruction.b):
                result = readGlobal(function.text(instruction.c), line)
            case Operation.getOuter where function.isGlobals(instruction.b): result = .globals
            case Operation.setOuterField:
                if function.isGlobals(instruction.a), let name = function.text(instruction.b) { all.append((.assignsGlobal(name), line)) }
                continue
            case Operation.setTable:
                if registers[instruction.a] == .globals, case .text(let name)? = registers[instruction.b] {
                    all.append((.assignsGlobal(name), line))
                }
                continue
            case Operation.loadConstant:
                if let text = function.text(instruction.wide) {
                    result = .text(text)
                    if registers[instruction.a - 1] == .global("env") { all.append((.readsVariable(text), line)) }
                }
            case Operation.getTable:
                if case .text(let text)? = registers[instruction.c] { result = readField(text, of: registers[instruction.b], line) }
            case Operation.getField:
                if let text = function.text(instruction.c) {
                    let isHTTP = text == "http" && instruction.b == 0 && function.parameters > 0 && function.firstLocal == "self"
                    result = isHTTP ? .http : readField(text, of: registers[instruction.b], line)
                }
            case Operation.method:
                if registers[instruction.b] == .http, let name = function.text(instruction.c) { all.append((.callsHTTP(name), line)) }
                // A string's method or that of any other value: it is not known which.
                registers = registers.filter { $0.key < instruction.a }
            default:
                // Most write one register, calls a whole range; none writes below its first.
                registers = registers.filter { $0.key < instruction.a }
            }
            registers[instruction.a] = result
        }
        for inner in function.inner { follow(inner) }
    }

    private mutating func readGlobal(_ name: String?, _ line: Int) -> Value? {
        guard let name else { return nil }
        all.append((.readsGlobal(name), line))
        return .global(name)
    }

    private mutating func readField(_ field: String, of value: Value?, _ line: Int) -> Value? {
        switch value {
        case .globals: return readGlobal(field, line)
        case .global(let name):
            all.append((.readsField(global: name, field: field), line))
            return nil
        default: return nil
        }
    }
}

extension CompiledFunction {
    /// The text constant at an index; nil when there is none.
    fileprivate func text(_ index: Int) -> String? {
        guard constants.indices.contains(index), case .text(let text) = constants[index] else { return nil }
        return text
    }

    /// Whether an outer variable is the table of globals.
    fileprivate func isGlobals(_ outer: Int) -> Bool { outerNames.indices.contains(outer) && outerNames[outer] == "_ENV" }
}
