import CLua
import CLuaBridge
import LoadModel

/// Writes a script's table of fields as `application/x-www-form-urlencoded`: a form body or a query.
struct FieldWriter {
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var pairs = PairReader()
    private let formEncoding = FormEncoding()

    /// A writer for values on a state's stacks. Its memory is used again and again.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Reads the table at an index of a stack; leaves values on the stack, which `append` needs. True: there are fields.
    mutating func read(_ index: Int32, of stack: OpaquePointer?, what: StaticString) throws(Refusal) -> Bool {
        try pairs.read(index, of: stack, what: what)
        return !pairs.pairs.isEmpty
    }

    /// Appends the fields read last.
    func append(_ stack: OpaquePointer?, what: StaticString, to buffer: inout ByteBuffer) throws(Refusal) {
        var isFirst = true
        for pair in pairs.pairs {
            if !isFirst { buffer.append(UInt8(ascii: "&")) }
            isFirst = false
            formEncoding.append(pair.name, to: &buffer)
            buffer.append(UInt8(ascii: "="))
            switch lua_type(stack, pair.value) {
            case LUA_TSTRING: formEncoding.append(PairReader.bytes(pair.value, of: stack), to: &buffer)
            case LUA_TNUMBER where lua_isinteger(stack, pair.value) != 0: NumberText.append(pair.value, of: stack, to: &buffer)
            case LUA_TNUMBER:
                guard NumberText.isFinite(pair.value, of: stack) else {
                    let name = String(decoding: pair.name, as: UTF8.self)
                    throw Refusal(message: "\(what) field \"\(name)\" is infinite or not a number: give a finite number or a text")
                }
                var text = ByteBuffer()
                NumberText.append(pair.value, of: stack, to: &text)
                formEncoding.append(text.bytes, to: &buffer)
            case LUA_TBOOLEAN: if lua_toboolean(stack, pair.value) != 0 { buffer.append("true") } else { buffer.append("false") }
            default:
                let name = String(decoding: pair.name, as: UTF8.self)
                let given = LuaValue(at: pair.value, of: stack, lua).words
                throw Refusal(message: "\(what) field \"\(name)\" must be a text, a number or a boolean, not \(given)")
            }
        }
    }
}
