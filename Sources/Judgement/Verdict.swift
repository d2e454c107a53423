/// Whether a measurement is to be believed; the later the worse.
package enum Verdict: String, Sendable, CaseIterable, Comparable {
    /// As printed.
    case valid
    /// Something may have touched the figures: read what, before you use them.
    case suspect
    /// The figures are not those of the target.
    case invalid

    package static func < (left: Verdict, right: Verdict) -> Bool {
        func rank(_ verdict: Verdict) -> Int { allCases.firstIndex(of: verdict) ?? 0 }
        return rank(left) < rank(right)
    }
}
