import Glibc

/// Which seeds to try: `CICADA_SEED=n` one, `CICADA_SEEDS=n` the first n.
enum ProcessInfo {
    static var seeds: [UInt64] {
        if let text = getenv("CICADA_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
        if let text = getenv("CICADA_SEEDS"), let count = UInt64(String(cString: text)) { return Array(1...count) }
        return Array(1...300)
    }
    static var stopsAtFirst: Bool { getenv("CICADA_FIRST") != nil }
}
