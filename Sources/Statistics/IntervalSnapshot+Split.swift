extension IntervalSnapshot {
    /// The snapshot in parts that each have at most so many cells, or one request, measurement or task if that alone has more (beside loop lag's few
    /// thousand at most). Merged one after the other within one second of the run they give what the whole gives. Each part is well-formed if the
    /// whole is.
    ///
    /// Counts that are of no request, and loop lag, travel with the first part; failures and exceptions with the last that has requests, when all are
    /// known; then come the measurements of scripts and the iterations.
    /// - Complexity: O(size)
    package func split(maximumCells: Int) -> [IntervalSnapshot] {
        if cellCount <= maximumCells || requests.count + custom.count + iterations.count < 2 { return [self] }
        var parts: [IntervalSnapshot] = []
        var part = IntervalSnapshot()
        var position = 0
        for (index, request) in requests.enumerated() {
            let start = position
            while position < cells.count, cells[position].request == index { position += 1 }
            if !part.requests.isEmpty, part.cells.count + position - start > maximumCells {
                parts.append(part)
                part = IntervalSnapshot()
            }
            let shift = UInt32(index - part.requests.count) << HistogramCell.seriesBits
            part.cells += cells[start..<position].lazy.map { HistogramCell(key: $0.key - shift, count: $0.count) }
            part.requests.append(request)
        }
        part.failures = failures
        part.exceptions = exceptions
        var cellsInPart = part.cells.count
        /// Makes room for so many more cells.
        func begin(_ cells: Int) {
            if !part.isEmpty, cellsInPart + cells > maximumCells {
                parts.append(part)
                part = IntervalSnapshot()
                cellsInPart = 0
            }
            cellsInPart += cells
        }
        for measurement in custom {
            begin(measurement.cells.count)
            part.custom.append(measurement)
        }
        for iteration in iterations {
            begin(iteration.cells.count)
            part.iterations.append(iteration)
        }
        parts.append(part)
        parts[0].issued = issued
        parts[0].connectionsOpened = connectionsOpened
        parts[0].examples = examples
        parts[0].lag = lag
        parts[0].busyNanoseconds = busyNanoseconds
        parts[0].startsBegun = startsBegun
        parts[0].startsDropped = startsDropped
        return parts
    }
}
