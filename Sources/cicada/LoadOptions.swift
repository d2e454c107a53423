import ArgumentParser
import LoadModel

/// The flags that say how much load there is. All are texts here: `Setting` reads them, from flag, environment or file alike.
struct LoadOptions: ParsableArguments {
    @Option(name: [.customShort("H"), .long], help: ArgumentHelp("Base URL of the target; beats the script's.", valueName: "url"))
    var host: String?

    @Option(name: [.customShort("u"), .long], help: ArgumentHelp("Users in the end (default: 1).", valueName: "count"))
    var users: String?

    @Option(name: [.customShort("r"), .long], help: ArgumentHelp("Users started per second, evenly (default: 1).", valueName: "rate"))
    var spawnRate: String?

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp(
            "Stop after so long: 20 (seconds), 20s, 3m, 1h30m (default: at the end of stages or shape, or at Ctrl-C).", valueName: "time"))
    var runTime: String?

    @Option(
        name: [.customShort("s"), .long],
        help: ArgumentHelp("Let running tasks go on for so long after the stop (default: 0).", valueName: "time"))
    var stopTimeout: String?

    @Option(help: ArgumentHelp("Begin no iteration after so many, over all users.", valueName: "count"))
    var iterations: String?

    @Option(help: ArgumentHelp("Begin no iteration once so many requests were sent.", valueName: "count"))
    var requests: String?

    @Option(help: ArgumentHelp("Leave what ends in the first so long out of the result: 30s.", valueName: "time"))
    var warmUp: String?
}

/// Users that change over time: the closed model.
struct StageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Users by straight lines, each a time and the users at its end: '2m:1000, 10m:1000, 1m:0'.", valueName: "stages"))
    var stages: String?

    @Option(
        help: ArgumentHelp(
            """
            Users by a ready-made course: 'ramp(from=0, to=1000, over=5m)', 'steps(start=100, step=100, every=1m, max=1000)', \
            'spike(base=100, peak=1000, at=1m, for=30s)', 'sine(mean=500, amplitude=200, period=10m, for=1h)'.
            """, valueName: "shape"))
    var shape: String?
}

/// Iterations that start by a schedule, however long those before take: the open model.
struct ArrivalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Iterations started at this rate: 1000/s, 60/m, 100/h.", valueName: "rate"))
    var arrivalRate: String?

    @Option(
        help: ArgumentHelp("The same by straight lines: '1m:100/s, 5m:100/s, 10s:0/s'.", valueName: "stages"))
    var arrivalStages: String?

    @Option(
        help: ArgumentHelp(
            "The same by a ready-made course, as --shape: 'spike(base=10/s, peak=100/s, at=1m, for=30s)'.", valueName: "shape"))
    var arrivalShape: String?

    @Option(
        help: ArgumentHelp(
            "Gaps between two starts: constant (even), poisson (random, the rate on average) (default: constant).", valueName: "kind"),
        completion: .list(ArrivalSchedule.Spacing.allCases.map(\.rawValue)))
    var arrivals: String?

    @Option(
        help: ArgumentHelp(
            """
            Users that carry them out; needed are rate × seconds of an iteration. While all are busy, starts wait and keep their intended \
            time (default: enough for iterations of 1 s).
            """, valueName: "count"))
    var maxUsers: String?

    @Option(help: ArgumentHelp("Drop a start that has waited longer: 5s (default: none is dropped before the end).", valueName: "time"))
    var maxLateness: String?
}
