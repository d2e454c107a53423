import CLuaBridge

/// The coroutines of a Lua state that run users' steps. One that has ended a step takes the next one, whichever user's it is.
struct CoroutinePool {
    /// Stands for "no coroutine".
    static let none: Int32 = -1

    private let lua: UnsafeMutablePointer<cicada_lua>
    /// By index; nil: dropped, the index may be used again.
    private var coroutines: [OpaquePointer?] = []
    private var idle: [Int32] = []
    private var dropped: [Int32] = []

    /// An empty pool for a state.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Number of coroutines that run a step.
    var busyCount: Int { coroutines.count - dropped.count - idle.count }
    /// Number of coroutines that there are.
    var count: Int { coroutines.count - dropped.count }

    /// The coroutine with this index.
    subscript(index: Int32) -> OpaquePointer {
        guard let coroutine = coroutines[Int(index)] else { preconditionFailure("a dropped coroutine is in use") }
        return coroutine
    }

    /// The index of an unused coroutine; nil when there is no memory for one.
    mutating func take() -> Int32? {
        if let index = idle.popLast() { return index }
        let index = dropped.last ?? Int32(coroutines.count)
        guard let coroutine = cicada_make_coroutine(lua, index) else { return nil }
        if dropped.popLast() != nil { coroutines[Int(index)] = coroutine } else { coroutines.append(coroutine) }
        return index
    }

    /// Takes a coroutine back that has ended its step or was reset. Where many more lie idle than run, it is left to the collector.
    mutating func giveBack(_ index: Int32) {
        idle.append(index)
        guard idle.count > 64 + 2 * busyCount, let surplus = idle.popLast() else { return }
        cicada_drop_coroutine(lua, surplus)
        coroutines[Int(surplus)] = nil
        dropped.append(surplus)
    }
}
