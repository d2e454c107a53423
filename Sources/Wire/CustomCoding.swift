import Statistics

/// What scripts measured themselves, within a snapshot; docs/protocol.md says what stands where.
enum CustomCoding {
    /// Values of a timing and of a counter.
    private static let timingSize = 8
    private static let counterSize = 5

    /// Writes the key `custom` and its value.
    static func write(_ measurements: [CustomInterval], to writer: inout MessagePackWriter) {
        writer.string("custom")
        writer.array(measurements.count)
        for measurement in measurements {
            let isTiming = measurement.key.kind == .timing
            writer.array(isTiming ? timingSize : counterSize)
            writer.string(isTiming ? "timing" : "counter")
            writer.string(measurement.key.name)
            writer.integer(measurement.count)
            SnapshotCoding.write(isTiming ? measurement.times.sumNanoseconds : measurement.sumBillionths, to: &writer)
            guard isTiming else { continue }
            writer.integer(measurement.times.minNanoseconds)
            writer.integer(measurement.times.maxNanoseconds)
            writer.binary(CellBytes.encode(measurement.cells))
        }
    }

    /// Reads the value; `cells` stand in the snapshot beside those of measurements. That figures hold together is not checked here.
    static func read(_ value: MessagePackValue, besideCells cells: Int) throws(WireError) -> [CustomInterval] {
        var cells = cells
        return try value.array(atMost: SnapshotBounds.custom).map { value throws(WireError) in
            let measurement = try measurement(value)
            cells += measurement.cells.count
            guard cells <= WireBounds.cells else {
                throw value.error(.tooLarge, "has, with those before, more than \(WireBounds.cells) cells")
            }
            return measurement
        }
    }

    private static func measurement(_ value: MessagePackValue) throws(WireError) -> CustomInterval {
        let parts = try value.array(atMost: timingSize)
        guard parts.count == timingSize || parts.count == counterSize else {
            throw value.error(.invalid, "has neither \(counterSize) nor \(timingSize) values")
        }
        let isTiming = parts.count == timingSize
        guard parts[0].isString(isTiming ? "timing" : "counter") else {
            throw parts[0].error(.invalid, "is not the kind of a measurement of \(parts.count) values")
        }
        let name = try parts[1].string(atMost: WireBounds.text)
        var measurement = CustomInterval(key: CustomKey(kind: isTiming ? .timing : .counter, name: name))
        measurement.count = try parts[2].integer(in: 1...SnapshotBounds.count)
        if isTiming {
            measurement.times = try SnapshotCoding.times(parts, from: 3)
            measurement.cells = try SnapshotCoding.cells(parts[7])
        } else {
            measurement.sumBillionths = try SnapshotCoding.sum(parts, from: 3)
        }
        return measurement
    }
}
