/// A figure of the script's own, merged over all workers as requests are.
package enum Measurement: Sendable, Equatable {
    /// `timing("name", seconds)`: something took so long.
    case timing(name: String, nanoseconds: Int64)
    /// `counter("name", amount)`: add this much; finite.
    case counter(name: String, amount: Double)
}
