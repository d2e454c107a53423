/// A bound that a run is to keep, as somebody wrote it: `p95 < 200ms`, `name("login").p99 < 1s over 30s abort`.
package struct Threshold: Sendable, Equatable {
    /// As it was written.
    package var text: String

    package init(text: String) { self.text = text }
}
