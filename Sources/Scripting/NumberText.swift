import CLua
import CLuaBridge
import LoadModel

/// Appends numbers of a script as text. Lua's own conversion would make a string and could raise.
enum NumberText {
    /// Whether the number at an index of a stack is neither infinite nor NaN.
    static func isFinite(_ index: Int32, of stack: OpaquePointer?) -> Bool {
        lua_isinteger(stack, index) != 0 || lua_tonumberx(stack, index, nil).isFinite
    }

    /// Appends the number at an index of a stack as Lua's tostring shows it.
    static func append(_ index: Int32, of stack: OpaquePointer?, to buffer: inout ByteBuffer) {
        if lua_isinteger(stack, index) != 0 {
            append(Int64(lua_tointegerx(stack, index, nil)), to: &buffer)
        } else {
            appendText(of: lua_tonumberx(stack, index, nil), by: cicada_format_number, to: &buffer)
        }
    }

    /// Appends the finite number at an index of a stack so that reading it gives the same number.
    static func appendExactly(_ index: Int32, of stack: OpaquePointer?, to buffer: inout ByteBuffer) {
        if lua_isinteger(stack, index) != 0 {
            append(Int64(lua_tointegerx(stack, index, nil)), to: &buffer)
        } else {
            appendText(of: lua_tonumberx(stack, index, nil), by: cicada_format_exact_number, to: &buffer)
        }
    }

    private static func append(_ value: Int64, to buffer: inout ByteBuffer) {
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var first = 20
            repeat {
                first -= 1
                digits[first] = UInt8(truncatingIfNeeded: rest % 10) + 48
                rest /= 10
            } while rest > 0
            buffer.append(UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }

    private static func appendText(
        of value: Double, by format: (Double, UnsafeMutablePointer<CChar>?) -> Int, to buffer: inout ByteBuffer
    ) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 48) { room in
            let length = format(value, room.baseAddress)
            buffer.append(UnsafeRawBufferPointer(start: room.baseAddress, count: length))
        }
    }
}
