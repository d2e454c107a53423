import CLua
import CLuaBridge
import LoadModel

/// Turns a script's table of headers into header lines.
struct HeaderReader {
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var pairs = PairReader()
    /// The most headers that one table may hold, and their bytes: the transport's work grows faster than their number.
    private static let most = 1000
    private static let mostBytes = 1 << 20
    private let tokenBytes = ByteSet.alphanumerics(and: "!#$%&'*+-.^_`|~")

    /// A reader for values on a state's stacks. Its memory is used again and again.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Appends the headers of the table at an index of a stack; leaves values on the stack.
    mutating func read(_ index: Int32, of stack: OpaquePointer?, into headers: inout ByteBuffer) throws(Refusal) {
        guard lua_type(stack, index) == LUA_TTABLE else {
            throw Refusal(message: "headers must be a table, not \(words(index, stack)): write headers = { Name = \"value\" }")
        }
        try pairs.read(index, of: stack, what: "headers")
        guard pairs.pairs.count <= Self.most else {
            throw Refusal(message: "headers holds \(pairs.pairs.count) headers: at most \(Self.most) are sent with a request")
        }
        let start = headers.count
        for pair in pairs.pairs {
            guard !pair.name.isEmpty, pair.name.allSatisfy(tokenBytes.contains) else {
                throw Refusal(message: "\"\(shown(pair.name))\" cannot be a header's name: use letters, digits and -")
            }
            if let reserved = Self.reserved(pair.name) {
                throw Refusal(message: "the header \(reserved) is set by the client itself: leave it out")
            }
            headers.append(pair.name)
            headers.append(": ")
            switch lua_type(stack, pair.value) {
            case LUA_TSTRING:
                let value = PairReader.bytes(pair.value, of: stack)
                if value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
                    throw Refusal(message: "the header \(shown(pair.name)) holds a line break or NUL byte: remove it")
                }
                headers.append(value)
            case LUA_TNUMBER:
                guard NumberText.isFinite(pair.value, of: stack) else {
                    throw Refusal(message: "the header \(shown(pair.name)) is infinite or not a number: give a finite number or a text")
                }
                NumberText.append(pair.value, of: stack, to: &headers)
            default:
                throw Refusal(message: "the header \(shown(pair.name)) must be a text or a number, not \(words(pair.value, stack))")
            }
            headers.append(0)
            guard headers.count - start <= Self.mostBytes else {
                throw Refusal(message: "the headers have more than \(Self.mostBytes) bytes: send much data in the body")
            }
        }
    }

    /// Headers that would break the message's framing.
    private static func reserved(_ name: UnsafeRawBufferPointer) -> String? {
        guard name.count == 14 || name.count == 17 else { return nil }
        return ["Content-Length", "Transfer-Encoding"].first {
            $0.utf8.count == name.count && zip($0.utf8, name).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        }
    }

    private func shown(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    private func words(_ index: Int32, _ stack: OpaquePointer?) -> String { LuaValue(at: index, of: stack, lua).words }
}
