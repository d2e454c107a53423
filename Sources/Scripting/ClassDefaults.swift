import CLua
import CLuaBridge

extension ScenarioReader {
    private static let defaultFields = ["headers", "auth", "timeout", "redirects"]

    /// What all requests of a class have in common, from the class's table at an index of the main stack; nil: nothing.
    func defaults(at table: Int32, _ fields: TableFields) throws(ScriptError) -> RequestDefaults? {
        if Self.defaultFields.allSatisfy({ fields[$0] == nil }) { return nil }
        let stack = lua.pointee.main
        let bottom = lua_gettop(stack)
        defer { lua_settop(stack, bottom) }
        let places = places(table, of: stack)
        let reader = RequestDefaultsReader(lua: lua)
        // Each field alone first, so that a refusal has its place.
        for name in Self.defaultFields where places[name] != nil {
            try read(reader, places.filter { $0.key == name }, at: name, fields)
        }
        return try read(reader, places, at: "auth", fields)
    }

    @discardableResult
    private func read(
        _ reader: RequestDefaultsReader, _ places: [String: Int32], at field: String, _ fields: TableFields
    ) throws(ScriptError) -> RequestDefaults {
        do throws(Refusal) {
            return try reader.read(
                headers: places["headers"] ?? 0, auth: places["auth"] ?? 0, timeout: places["timeout"] ?? 0,
                redirects: places["redirects"] ?? 0, of: lua.pointee.main)
        } catch {
            throw fields.error(field, "\(fields.owner): \(error.message)", "")
        }
    }

    /// Leaves the values of the fields on the stack; where they stand.
    private func places(_ table: Int32, of stack: OpaquePointer?) -> [String: Int32] {
        var places: [String: Int32] = [:]
        lua_pushnil(stack)
        while lua_next(stack, table) != 0 {
            let value = lua_gettop(stack)
            if lua_type(stack, value - 1) == LUA_TSTRING, case let name = LuaState.text(at: value - 1, of: stack),
                Self.defaultFields.contains(name)
            {
                places[name] = value
                lua_pushvalue(stack, value - 1)
            } else {
                lua_settop(stack, value - 1)
            }
        }
        return places
    }
}
