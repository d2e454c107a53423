/// Whether a measurement is to be believed.
package enum Verdict: String, Sendable, CaseIterable {
    case valid, suspect, invalid
}
