import CLua
import CLuaBridge
import LoadModel

/// Turns the list of `self.http:batch { … }` into requests on the engine's desk.
struct BatchReader {
    private let lua: UnsafeMutablePointer<cicada_lua>

    /// For the coroutines of a state.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Reads the list at index 2 of a stack, of 1 to `CICADA_BATCH_LIMIT` items, and answers with what the requests expect; nil: nothing.
    /// Leaves the stack in any state; after a refusal the desk has no batch.
    func read(
        _ stack: OpaquePointer?, by reader: inout RequestReader, defaults: RequestDefaults?, into exchange: UserExchange
    ) throws(Refusal) -> [Expectation?]? {
        let count = Int(lua_rawlen(stack, 2))
        var expectations: [Expectation?] = []
        exchange.batchCount = 0
        while exchange.batch.count < count { exchange.batch.append(BatchRequest()) }
        for index in 0..<count {
            let request = exchange.batch[index]
            request.draft.reset()
            request.verdict.reset()
            do throws(Refusal) {
                try readItem(index + 1, stack, by: &reader, defaults: defaults, into: &request.draft)
            } catch {
                for request in exchange.batch.prefix(index + 1) { request.draft.reset() }
                throw Refusal(message: "request \(index + 1): \(error.message)")
            }
            if reader.expectation != nil || !expectations.isEmpty {
                expectations += repeatElement(nil, count: index - expectations.count)
                expectations.append(reader.expectation)
            }
        }
        exchange.batchCount = count
        if expectations.isEmpty { return nil }
        return expectations
    }

    private func readItem(
        _ number: Int, _ stack: OpaquePointer?, by reader: inout RequestReader, defaults: RequestDefaults?, into draft: inout RequestDraft
    ) throws(Refusal) {
        let usage = "write { \"GET\", \"/path\" } or { \"POST\", \"/path\", { json = ... } }"
        lua_settop(stack, 2)
        try PairReader.reserve(16, on: stack, what: "the batch")
        lua_rawgeti(stack, 2, lua_Integer(number))
        guard lua_type(stack, 3) == LUA_TTABLE else {
            throw Refusal(message: "is \(LuaValue(at: 3, of: stack, lua).words), not a table: \(usage)")
        }
        let items = lua_rawlen(stack, 3)
        lua_pushnil(stack)
        while lua_next(stack, 3) != 0 {
            guard lua_isinteger(stack, 4) != 0, (1...3).contains(lua_tointegerx(stack, 4, nil)) else {
                let key = lua_type(stack, 4) == LUA_TSTRING ? "'\(LuaState.text(at: 4, of: stack))'" : "a fourth item"
                throw Refusal(message: "has \(key): \(usage)")
            }
            lua_settop(stack, 4)
        }
        lua_settop(stack, 3)
        lua_rawgeti(stack, 3, 1)
        guard lua_type(stack, 4) == LUA_TSTRING else {
            throw Refusal(message: "needs a method as its first item, not \(LuaValue(at: 4, of: stack, lua).words): \(usage)")
        }
        let found = cicada_find_method(lua_tolstring(stack, 4, nil))
        guard found >= 0, let method = HTTPMethod(rawValue: UInt8(found)) else {
            let name = LuaState.text(at: 4, of: stack)
            let known = HTTPMethod.allCases.map(\.text)
            throw Refusal(message: "has an unknown method '\(name)': " + Suggestion.remedy(for: name, among: known))
        }
        // As the arguments of a function stand: the http object's place, URL, options.
        lua_rawgeti(stack, 3, 2)
        if items > 2 { lua_rawgeti(stack, 3, 3) }
        try reader.read(stack, behind: 3, method: method, defaults: defaults, into: &draft)
    }
}
