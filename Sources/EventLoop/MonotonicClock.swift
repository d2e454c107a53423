import CPlatform

/// The clock of every measurement: nanoseconds of `CLOCK_MONOTONIC`, never set back, the same in all threads of a machine.
package enum MonotonicClock {
    /// Nanoseconds since an arbitrary point (usually the machine's start).
    package static func nanoseconds() -> Int64 { cplatform_monotonic_nanoseconds() }
}
