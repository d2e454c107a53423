import Glibc

/// Which seeds to try: `CICADA_SEED=n` one, `CICADA_SEEDS=n` the first n; otherwise as many as take some seconds.
enum SimulationSeeds {
    /// The seeds, in order.
    static var all: [UInt64] {
        if let text = getenv("CICADA_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
        if let text = getenv("CICADA_SEEDS"), let count = UInt64(String(cString: text)) { return Array(1...count) }
        #if DEBUG
        return Array(1...60)
        #else
        return Array(1...500)
        #endif
    }
    /// `CICADA_FIRST`: one that fails is enough.
    static var stopsAtFirst: Bool { getenv("CICADA_FIRST") != nil }
}
