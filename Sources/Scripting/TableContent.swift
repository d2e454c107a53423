import CLua
import CLuaBridge

/// What stands in a small table of a declaration: items in a row, and named fields.
struct TableContent {
    /// Items 1 to n; at most 1,000 are read.
    private(set) var items: [LuaValue] = []
    private(set) var fields: [String: LuaValue] = [:]

    /// Reads the table at an absolute index of a stack and leaves it there.
    init(at index: Int32, of stack: OpaquePointer?, _ lua: UnsafeMutablePointer<cicada_lua>) {
        for item in 0..<min(Int(lua_rawlen(stack, index)), 1000) {
            lua_rawgeti(stack, index, lua_Integer(item + 1))
            items.append(LuaValue(at: -1, of: stack, lua))
            lua_settop(stack, -2)
        }
        lua_pushnil(stack)
        while lua_next(stack, index) != 0, fields.count < 1000 {
            if lua_type(stack, -2) == LUA_TSTRING { fields[LuaState.text(at: -2, of: stack)] = LuaValue(at: -1, of: stack, lua) }
            lua_settop(stack, -2)
        }
        lua_settop(stack, index)
    }
}
