/// A compiled Lua function as the compiler of this very process wrote it down: what is needed to say which names it uses.
///
/// Source: `ldump.c`, `lopcodes.h` and `ldebug.c` of Lua 5.4, whose format is read here; any other is refused.
struct CompiledFunction {
    /// A constant that is a text, or something else.
    enum Constant: Equatable {
        case text(String)
        case other
    }

    /// One instruction, taken apart.
    struct Instruction {
        private let bits: UInt32

        init(_ bits: UInt32) { self.bits = bits }

        /// Which operation.
        var operation: UInt8 { UInt8(bits & 0x7F) }
        /// The first register, usually where the result goes.
        var a: Int { Int(bits >> 7 & 0xFF) }
        /// The second operand.
        var b: Int { Int(bits >> 16 & 0xFF) }
        /// The third operand.
        var c: Int { Int(bits >> 24 & 0xFF) }
        /// Whether the third operand names a constant, where it could also be a register.
        var isConstant: Bool { bits >> 15 & 1 == 1 }
        /// A wide operand, in place of b and c.
        var wide: Int { Int(bits >> 15) }
        /// How far a jump goes.
        var distance: Int { Int(bits >> 7) - (1 << 24 - 1) }
    }

    var lineDefined = 0
    var parameters = 0
    var code: [Instruction] = []
    /// The line of each instruction.
    var lines: [Int] = []
    var constants: [Constant] = []
    /// Names of the outer variables that it uses, `_ENV` among them.
    var outerNames: [String] = []
    /// The name of the local variable in the first register at the function's start; empty: none.
    var firstLocal = ""
    /// Where each outer variable comes from: a register of the function around it, or one of that function's own outer variables.
    var outerSources: [(isRegister: Bool, index: Int)] = []
    /// The functions written inside it.
    var inner: [CompiledFunction] = []

    /// Functions inside one another that are followed; Lua's compiler allows fewer.
    private static let greatestDepth = 220

    /// Nil when the bytes are not of Lua 5.4 with its usual numbers.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        // Signature, version, format, check bytes, sizes of an instruction, an integer and a float, an integer and a float for comparison.
        guard reader.takes([0x1B, 0x4C, 0x75, 0x61, 0x54, 0, 0x19, 0x93, 0x0D, 0x0A, 0x1A, 0x0A, 4, 8, 8]), reader.skip(17),
            let function = reader.function(depth: 0), !reader.isBroken
        else { return nil }
        self = function
    }

    private init() {}

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        var isBroken = false

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func takes(_ expected: [UInt8]) -> Bool {
            guard bytes[index...].starts(with: expected) else { return false }
            index += expected.count
            return true
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count >= 0, index + count <= bytes.count else {
                isBroken = true
                return false
            }
            index += count
            return true
        }

        mutating func byte() -> UInt8 {
            guard index < bytes.count else {
                isBroken = true
                return 0
            }
            defer { index += 1 }
            return bytes[index]
        }

        /// Seven bits a byte, the highest first; the last byte has its top bit set.
        mutating func number() -> Int {
            var value = 0
            while !isBroken {
                let byte = byte()
                value = value << 7 | Int(byte & 0x7F)
                if byte & 0x80 != 0 { return value }
                if value > 1 << 40 { isBroken = true }
            }
            return 0
        }

        /// Lengths are stored plus one; zero: no text.
        mutating func text() -> String? {
            let length = number() - 1
            guard length >= 0, !isBroken else { return nil }
            let start = index
            guard skip(length) else { return nil }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        mutating func function(depth: Int) -> CompiledFunction? {
            guard depth < CompiledFunction.greatestDepth else { return nil }
            var function = CompiledFunction()
            _ = text()
            function.lineDefined = number()
            _ = number()
            function.parameters = Int(byte())
            _ = skip(2)
            let count = number()
            for _ in 0..<count where !isBroken {
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(byte()) << (8 * UInt32($1)) }
                function.code.append(Instruction(bits))
            }
            for _ in 0..<number() where !isBroken { function.constants.append(constant()) }
            let outer = number()
            for _ in 0..<outer where !isBroken {
                let isRegister = byte() != 0
                function.outerSources.append((isRegister, Int(byte())))
                _ = byte()
            }
            for _ in 0..<number() where !isBroken {
                guard let inner = self.function(depth: depth + 1) else { return nil }
                function.inner.append(inner)
            }
            readDebug(into: &function)
            return isBroken ? nil : function
        }

        private mutating func constant() -> Constant {
            switch byte() {
            case 0x04, 0x14: return text().map { .text($0) } ?? .other
            case 0x03, 0x13: _ = skip(8)
            case 0x00, 0x01, 0x11: break
            default: isBroken = true
            }
            return .other
        }

        private mutating func readDebug(into function: inout CompiledFunction) {
            let start = index
            let count = number()
            let differences = index
            guard skip(count), count == function.code.count || count == 0 else {
                isBroken = index != start
                return
            }
            var absolute: [Int: Int] = [:]
            for _ in 0..<number() where !isBroken {
                let position = number()
                absolute[position] = number()
            }
            var line = function.lineDefined
            for position in 0..<count {
                let difference = Int8(bitPattern: bytes[differences + position])
                // The smallest difference stands for "too far away: it is in the other list".
                line = difference == .min ? absolute[position] ?? line : line + Int(difference)
                function.lines.append(line)
            }
            for position in 0..<number() where !isBroken {
                let name = text() ?? ""
                if position == 0, number() == 0 { function.firstLocal = name } else if position > 0 { _ = number() }
                _ = number()
            }
            for _ in 0..<number() where !isBroken { function.outerNames.append(text() ?? "") }
        }
    }
}
