extension FixedWidthInteger {
    /// Adds a count; a sum that does not fit stays at the greatest, or least, that does. For sums of figures that another machine sent.
    @inline(__always)
    mutating func addSaturating(_ more: Self) {
        let (sum, overflow) = addingReportingOverflow(more)
        self = overflow ? (more < 0 ? .min : .max) : sum
    }
}
