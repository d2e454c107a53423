extension Int64 {
    /// Adds a count; a sum that does not fit stays at the greatest that does. For sums of figures that another machine sent.
    @inline(__always)
    mutating func addSaturating(_ more: Int64) {
        let (sum, overflow) = addingReportingOverflow(more)
        self = overflow ? .max : sum
    }
}
