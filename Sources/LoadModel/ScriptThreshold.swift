/// A threshold that a script declares, as its texts: they are read where the run is planned.
package struct ScriptThreshold: Sendable, Equatable {
    /// `p95 < 200ms`, `name("login").p99 < 1s over 30s`.
    package var text: String
    /// Whether a run in which it does not hold is to be stopped.
    package var aborts: Bool
    /// How long after the start the run is not stopped for it yet: `30s`; nil: as usual.
    package var abortAfter: String?
    /// Where it stands: `shop.lua:12`.
    package var place: String

    package init(text: String, aborts: Bool = false, abortAfter: String? = nil, place: String) {
        self.text = text
        self.aborts = aborts
        self.abortAfter = abortAfter
        self.place = place
    }
}
