import LoadModel

/// What all connections of one event loop share: chance and the renderer. Used on that loop only, so nothing in it is locked.
final class LoopResources {
    /// Draws latencies and failures.
    var generator: SplitMix64
    /// Makes the bytes of responses.
    var renderer = ResponseRenderer()

    /// - Parameter seed: of ``generator``.
    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }
}
