import CLua
import CLuaBridge
import LoadModel

/// Writes a script's value as text for `json.encode` and `url.query`, just as requests write their bodies and queries.
final class ValueWriter {
    private let json: JSONBody
    private var fields: FieldWriter
    private var buffer = ByteBuffer()

    /// A writer for values on a state's stacks. Its memory is used again and again.
    init(lua: UnsafeMutablePointer<cicada_lua>) {
        json = JSONBody(lua: lua)
        fields = FieldWriter(lua: lua)
    }

    /// What was written last, or why it could not be written. Valid until the next call.
    var bytes: UnsafeRawBufferPointer { buffer.bytes }

    /// Writes the value at an index of a stack and leaves the stack as it was. False: `bytes` says why not.
    func write(_ how: cicada_encoding, _ index: Int32, of stack: OpaquePointer?) -> Bool {
        buffer.removeAll()
        let top = lua_gettop(stack)
        defer { lua_settop(stack, top) }
        do throws(Refusal) {
            if how == CICADA_ENCODING_JSON {
                try json.append(index, of: stack, to: &buffer)
            } else if try fields.read(index, of: stack, what: "the table") {
                try fields.append(stack, what: "query", to: &buffer)
            }
            return true
        } catch {
            buffer.removeAll()
            buffer.append(error.message)
            return false
        }
    }
}
