import LoadModel

extension RequestStatistics {
    /// Writes everything; a total cannot be written.
    func write(to writer: inout ArchiveWriter) {
        guard let key else { return }
        key.write(to: &writer)
        for count in [requests, failures, interrupted, receivedBytes] { writer.unsigned(UInt64(max(0, count))) }
        times.write(to: &writer)
        writer.histogram(delays)
        writer.unsigned(UInt64(phases.count))
        for (series, histogram) in phases.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.unsigned(UInt64(series.rawValue))
            writer.histogram(histogram)
        }
        writer.unsigned(UInt64(statuses.count))
        for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
            writer.unsigned(UInt64(max(0, status)))
            writer.unsigned(UInt64(max(0, count)))
        }
        writer.seen(seen)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        self.init(key: try RequestKey(from: &reader))
        requests = try reader.count()
        failures = try reader.count()
        interrupted = try reader.count()
        receivedBytes = try reader.count(below: 1 << 63)
        times = try TimePair(from: &reader)
        delays = try reader.histogram(.twoDigits)
        for _ in 0..<(try reader.size(below: TimeSeries.allCases.count + 1)) {
            let raw = try reader.size(below: 256)
            guard let series = TimeSeries(rawValue: UInt8(raw)), series.isPhase else { throw reader.error("has a phase that there is not") }
            phases[series] = try reader.histogram(series.buckets)
        }
        for _ in 0..<(try reader.size(below: 1001)) {
            let status = try reader.size(below: 1000)
            statuses[status] = try reader.count()
        }
        seen = try reader.seen()
    }
}

extension RequestKey {
    /// Writes method and name.
    func write(to writer: inout ArchiveWriter) {
        writer.text(typeText)
        writer.text(name)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        let type = try reader.text()
        self.init(typeText: type, name: try reader.text())
    }
}

extension TimePair {
    /// Writes both times.
    func write(to writer: inout ArchiveWriter) {
        writer.times(late)
        writer.times(own)
        writer.histogram(onTime)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        self.init()
        late = try reader.times()
        own = try reader.times()
        onTime = try reader.histogram(.threeDigits)
    }
}

extension IterationStatistics {
    /// Writes everything; a total cannot be written.
    func write(to writer: inout ArchiveWriter) {
        guard let key else { return }
        writer.text(key.userClass)
        writer.text(key.task)
        writer.unsigned(UInt64(count))
        writer.unsigned(UInt64(failed))
        times.write(to: &writer)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        let userClass = try reader.text()
        self.init(key: IterationKey(userClass: userClass, task: try reader.text()))
        count = try reader.count()
        failed = try reader.count()
        times = try TimePair(from: &reader)
    }
}

extension CustomStatistics {
    /// Writes everything.
    func write(to writer: inout ArchiveWriter) {
        writer.unsigned(UInt64(key.kind.rawValue))
        writer.text(key.name)
        writer.unsigned(UInt64(count))
        writer.times(times)
        writer.wide(sumBillionths)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        guard let kind = CustomKey.Kind(rawValue: UInt8(try reader.size(below: 256))) else {
            throw reader.error("has a kind of measurement that there is not")
        }
        self.init(key: CustomKey(kind: kind, name: try reader.text()))
        count = try reader.count()
        times = try reader.times()
        sumBillionths = try reader.wide()
    }

    /// Adds another's measurements.
    mutating func merge(_ other: CustomStatistics) {
        count += other.count
        sumBillionths.addSaturating(other.sumBillionths)
        times.merge(other.times)
    }
}
