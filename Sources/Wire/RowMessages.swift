/// A worker asks for rows of a data source that each are given out once. `rows`
package struct RowRequest: Sendable, Equatable {
    /// Index of the data source in the plan's order.
    package var source: Int
    /// Counts the requests of a worker's session for this source, from 1: one that comes again is answered as before.
    package var number: Int
    /// So many rows are wanted; 1 or more.
    package var count: Int

    package init(source: Int, number: Int, count: Int) {
        self.source = source
        self.number = number
        self.count = count
    }
}

/// Rows that a worker may hand out, nobody else. `rows`
package struct RowBlock: Sendable, Equatable {
    package var source: Int
    /// `RowRequest.number` of what is answered.
    package var number: Int
    /// Row numbers, from 0; where a source is gone through again they lie above its number of rows.
    package var rows: Range<Int>
    /// True: there will be no more for anybody.
    package var isExhausted: Bool

    package init(source: Int, number: Int, rows: Range<Int>, isExhausted: Bool) {
        self.source = source
        self.number = number
        self.rows = rows
        self.isExhausted = isExhausted
    }
}

extension RowRequest {
    func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        writer.pair("source", source)
        writer.pair("number", number)
        writer.pair("count", count)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init(source: try map.source(), number: try map.small("number"), count: try map.small("count"))
    }
}

extension RowBlock {
    func write(to writer: inout MessagePackWriter) {
        writer.map(5)
        writer.pair("source", source)
        writer.pair("number", number)
        writer.pair("first", rows.lowerBound)
        writer.pair("count", rows.count)
        writer.pair("exhausted", isExhausted)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        let (first, count) = (Int(try map.large("first")), try map.small("count"))
        self.init(
            source: try map.source(), number: try map.small("number"), rows: first..<(first + count),
            isExhausted: try map.required("exhausted").bool())
    }
}

extension MessagePackMap {
    fileprivate func source() throws(WireError) -> Int {
        Int(try required("source").integer(in: 0...Int64(WireBounds.dataSources - 1)))
    }
}
