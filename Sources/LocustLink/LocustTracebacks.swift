import LoadModel
import Statistics

/// Exceptions of Locust's tasks, told apart by their tracebacks as Locust does it, under a place that fits a table. Pure.
struct LocustTracebacks {
    private var places: [String: String] = [:]
    private var taken: Set<String> = []
    private static let most = 1000

    /// An exception that was raised once.
    mutating func exception(message: String, traceback: String) -> ExceptionInterval {
        let stack = StatisticsLimits.cut(traceback, to: StatisticsLimits.longestStack)
        let example = ScriptException(place: place(of: stack), message: StatisticsLimits.cut(message), stack: stack)
        return ExceptionInterval(example: example, userClass: "", count: 1)
    }

    private mutating func place(of traceback: String) -> String {
        if let place = places[traceback] { return place }
        if places.count >= Self.most { return StatisticsLimits.otherName }
        let short = StatisticsLimits.cut(Self.lastFrame(of: traceback), to: StatisticsLimits.longestText - 8)
        var (place, number) = (short, 1)
        while !taken.insert(place).inserted {
            number += 1
            place = "\(short) (\(number))"
        }
        places[traceback] = place
        return place
    }

    /// `locustfile.py:12 in buy` for the last line of the form `  File "/x/locustfile.py", line 12, in buy`.
    private static func lastFrame(of traceback: String) -> String {
        let frame = traceback.split(separator: "\n").last { $0.hasPrefix("  File \"") } ?? ""
        let parts = frame.split(separator: "\"")
        guard parts.count >= 3, let file = parts[1].split(separator: "/").last else { return "unknown place" }
        let words = parts[2].split(separator: ",").map { $0.split(separator: " ") }
        let line = words.first { $0.first == "line" }?.last ?? "?"
        guard let function = words.first(where: { $0.first == "in" })?.last else { return "\(file):\(line)" }
        return "\(file):\(line) in \(function)"
    }
}
