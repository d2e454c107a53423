import Statistics

/// A worker's clock against the master's.
package struct ClockReading: Sendable, Equatable {
    /// The run's start as the worker has it, on its own monotonic clock.
    package var beganNanoseconds: Int64
    /// The master's clock less its own.
    package var offsetNanoseconds: Int64
    /// The offset is right up to this, either side.
    package var uncertaintyNanoseconds: Int64

    package init(beganNanoseconds: Int64, offsetNanoseconds: Int64, uncertaintyNanoseconds: Int64) {
        self.beganNanoseconds = beganNanoseconds
        self.offsetNanoseconds = offsetNanoseconds
        self.uncertaintyNanoseconds = uncertaintyNanoseconds
    }
}

extension ClockReading {
    func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        writer.pair("began", beganNanoseconds)
        writer.pair("offset", offsetNanoseconds)
        writer.pair("uncertainty", uncertaintyNanoseconds)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            beganNanoseconds: try map.required("began").integer(in: WireBounds.nanoseconds),
            offsetNanoseconds: try map.required("offset").integer(in: WireBounds.nanoseconds),
            uncertaintyNanoseconds: try map.elapsed("uncertainty"))
    }
}

extension WorkerHealth {
    func write(to writer: inout MessagePackWriter) {
        writer.map(13)
        writer.pair("watched", watchedNanoseconds)
        writer.pair("cores", cores)
        writer.pair("cpu", cpuNanoseconds)
        writer.pair("busy", busyNanoseconds)
        writer.pair("waited", waitedNanoseconds)
        writer.pair("paused", pausedNanoseconds)
        writer.pair("longest_pause", longestPauseNanoseconds)
        writer.pair("quota_periods", quotaPeriods)
        writer.pair("throttled_periods", throttledPeriods)
        writer.pair("stolen", stolenNanoseconds)
        writer.pair("free_descriptors", freeDescriptors.map(Int64.init))
        writer.pair("ports", ports)
        writer.pair("ports_in_use", portsInUse)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init()
        watchedNanoseconds = try map.elapsed("watched")
        cores = try map.decimal("cores")
        cpuNanoseconds = try map.elapsed("cpu")
        busyNanoseconds = try map.elapsed("busy")
        waitedNanoseconds = try map.elapsed("waited")
        pausedNanoseconds = try map.elapsed("paused")
        longestPauseNanoseconds = try map.elapsed("longest_pause")
        quotaPeriods = try map.large("quota_periods")
        throttledPeriods = try map.large("throttled_periods")
        stolenNanoseconds = try map.elapsed("stolen")
        freeDescriptors = try map.optional("free_descriptors").map { value throws(WireError) in Int(try value.integer(in: WireBounds.small))
        }
        ports = try map.small("ports")
        portsInUse = try map.small("ports_in_use")
    }
}
