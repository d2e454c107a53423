/// How a worker's process fared while it had users: what it had of its machine, and what it was denied. Sums run from the first user on.
package struct WorkerHealth: Sendable, Equatable {
    /// How long it was watched. All else is of this time.
    package var watchedNanoseconds: Int64 = 0
    /// Processors that it may use: those that it may run on, or fewer by the quota of a control group.
    package var cores = 0.0
    /// CPU time of all its threads.
    package var cpuNanoseconds: Int64 = 0
    /// Whole seconds in which it used 90 % of what it may use, or one engine thread 90 % of a core.
    package var busyNanoseconds: Int64 = 0
    /// Time that engine threads were ready to run and had no core, on average of the threads.
    package var waitedNanoseconds: Int64 = 0
    /// Time in which no thread of it ran though one was to: a clock of its own was late by more than 5 ms.
    package var pausedNanoseconds: Int64 = 0
    package var longestPauseNanoseconds: Int64 = 0
    /// Periods of a control group's quota, and those in which the quota was used up.
    package var quotaPeriods: Int64 = 0
    package var throttledPeriods: Int64 = 0
    /// What the hypervisor gave to others, on average of the machine's cores.
    package var stolenNanoseconds: Int64 = 0
    /// Descriptors that it could still open, at the least; nil: not known.
    package var freeDescriptors: Int?
    /// Local ports that the machine has for connections, and those in use, at the most.
    package var ports = 0
    package var portsInUse = 0

    package init() {}
}
