import LoadModel
import Reporting

/// A load in words: for the heading of a run and for `cicada validate`.
struct LoadWords {
    private let order: LoadOrder
    /// Rows of the table of what happens over time.
    private static let mostRows = 12

    init(_ order: LoadOrder) { self.order = order }

    /// `100 users at 10 per second`, `at most 1,000 users, by stages`, `1,000 starts/s over at most 500 users`.
    static func summary(_ load: Load) -> String {
        switch load {
        case .users(let schedule):
            return schedule.users == 1
                ? "1 user" : "\(people(schedule.users)) at \(LoadText.rate(schedule.ratePerSecond)) per second"
        case .profile(let profile):
            return "at most \(people(load.mostUsers)), by \(profile.lines.count <= mostRows ? "stages" : "a course")"
        case .arrivals(let arrivals):
            let rate = arrivals.schedule.rate
            let kind = arrivals.schedule.spacing == .poisson ? ", at random," : ""
            let most = rate.lines.isEmpty ? "" : "at most "
            return "\(most)\(rateWords(rate.greatest))\(kind) over at most \(people(arrivals.mostUsers))"
        }
    }

    /// When the run ends: `for 5 m`, `until Ctrl-C`; and what else limits it.
    var end: String {
        var text = order.endNanoseconds.map { "for \(DurationText.words(nanoseconds: $0))" } ?? "until Ctrl-C"
        if let limit = order.iterationLimit { text += ", at most \(NumberText.grouped(Int64(limit))) iterations" }
        if let limit = order.requestLimit { text += ", at most \(NumberText.grouped(Int64(limit))) requests" }
        if order.warmUpNanoseconds > 0 {
            text += "; the first \(DurationText.words(nanoseconds: order.warmUpNanoseconds)) are warm-up and not in the result"
        }
        return text
    }

    /// What is probably not meant; each a sentence.
    var warnings: [String] {
        var warnings: [String] = []
        let load = order.load
        if let runTime = order.runTimeNanoseconds {
            if case .users(let schedule) = load, schedule.completeAfter > runTime {
                warnings.append(
                    "the run ends before all users are there: only \(schedule.usersDue(before: runTime)) will have started")
            }
            // A function of the script is asked up to the next whole second.
            if let end = load.endNanoseconds, end >= runTime + 1_000_000_000 {
                warnings.append(
                    "the run ends after \(DurationText.words(nanoseconds: runTime)), before its stages do (\(DurationText.words(nanoseconds: end)))"
                )
            }
        }
        if load.arrivals != nil, let limit = order.iterationLimit, let end = order.endNanoseconds {
            let due = startsWithoutLimit(before: end)
            if due < Double(limit) {
                warnings.append(
                    "only \(Self.iterations(due)) fall into the run: it ends before the \(Self.count(Double(limit))) of its limit")
            }
        }
        return warnings
    }

    /// What happens over time, and what it comes to.
    var lines: [String] {
        var lines: [String]
        switch order.load {
        case .users(let schedule):
            lines = ["Load: users in a loop (closed model)", "  \(Self.summary(order.load))"]
            if schedule.completeAfter >= 1_000_000_000 {
                lines.append("  all users are there after \(DurationText.words(nanoseconds: schedule.completeAfter))")
            }
        case .profile(let profile):
            lines = ["Load: users in a loop, as many as a course says (closed model)"]
            lines += Self.table(profile) { "\(NumberText.grouped(Int64($0.rounded())))" }.map { "  \($0) users" }
        case .arrivals(let arrivals): lines = arrivalLines(arrivals)
        }
        lines.append("  runs \(end)")
        lines += warnings.map { "  warning: \($0)" }
        return lines
    }

    // MARK: - Parts

    private func arrivalLines(_ arrivals: Load.Arrivals) -> [String] {
        let schedule = arrivals.schedule
        let kind = schedule.spacing == .poisson ? "at random, as a Poisson process" : "evenly"
        var lines = ["Load: iterations that start by a schedule (open model), \(kind)"]
        if schedule.rate.lines.isEmpty {
            lines.append("  \(Self.rateWords(schedule.rate.greatest))")
        } else {
            lines += Self.table(schedule.rate) { LoadText.perTime($0) }.map { "  \($0)" }
        }
        lines.append("  users        \(NumberText.grouped(Int64(arrivals.mostUsers))) at most, their wait is not used")
        let time = Double(arrivals.mostUsers) / schedule.rate.greatest
        lines.append(
            "               enough while an iteration takes \(DurationText.words(nanoseconds: Int64(min(time * 1e9, 9e18)))) or less on average "
                + "(users ÷ rate)")
        let late =
            arrivals.mostLatenessNanoseconds.map { "dropped when it has waited \(DurationText.words(nanoseconds: $0))" }
            ?? "dropped at the end of the run only"
        lines.append("  late start   waits for a user and keeps its intended time; \(late)")
        if let end = order.endNanoseconds {
            let about = schedule.spacing == .poisson ? "about " : ""
            lines.append("  in all       \(about)\(Self.iterations(order.starts(before: end)))")
        }
        return lines
    }

    private func startsWithoutLimit(before end: Int64) -> Double {
        var order = order
        order.iterationLimit = nil
        return order.starts(before: end)
    }

    /// Rows such as `0:00 to 2:00   0 to 1,000`, or, where there are many lines, `at 5:00   611`.
    private static func table(_ profile: LoadProfile, _ level: (Double) -> String) -> [String] {
        var rows: [(time: String, level: String)] = []
        if profile.lines.count <= mostRows {
            for line in profile.lines {
                let levels = line.from == line.to ? level(line.to) : "\(level(line.from)) to \(level(line.to))"
                rows.append(("\(clock(line.startNanoseconds)) to \(clock(line.endNanoseconds))", levels))
            }
        } else {
            let second: Int64 = 1_000_000_000
            var moments = (0..<Int64(mostRows)).map { profile.endNanoseconds / Int64(mostRows) * $0 }
            if profile.endNanoseconds > Int64(mostRows) * second { moments = moments.map { $0 / second * second } }
            for moment in moments + [profile.endNanoseconds] {
                rows.append(("at \(clock(moment))", level(profile.level(at: moment))))
            }
        }
        let width = rows.map(\.time.count).max() ?? 0
        let lines = rows.map { "\($0.time)\(String(repeating: " ", count: width - $0.time.count))   \($0.level)" }
        return profile.lines.count <= mostRows ? lines : lines + ["at most   \(level(profile.greatest))"]
    }

    private static func clock(_ nanoseconds: Int64) -> String {
        let whole = NumberText.clock(seconds: Double(nanoseconds / 1_000_000_000))
        let milliseconds = nanoseconds / 1_000_000 % 1000
        if milliseconds == 0 { return whole }
        let digits = String(1000 + milliseconds).dropFirst()
        return "\(whole).\(digits)"
    }

    private static func people(_ users: Int) -> String { users == 1 ? "1 user" : "\(NumberText.grouped(Int64(users))) users" }

    private static func iterations(_ value: Double) -> String { value.rounded() == 1 ? "1 iteration" : "\(count(value)) iterations" }

    private static func count(_ value: Double) -> String { NumberText.grouped(Int64(min(value.rounded(), 9e18))) }

    private static func rateWords(_ perSecond: Double) -> String {
        let text = LoadText.perTime(perSecond)
        return text.replacing("/", with: text.hasPrefix("1/") ? " start/" : " starts/")
    }
}
