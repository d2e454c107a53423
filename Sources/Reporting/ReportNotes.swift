import Statistics

/// The sentences under the tables.
struct ReportNotes {
    /// One sentence.
    struct Note {
        var text: String
        var isWarning = false
    }

    private let result: RunResult
    private let info: RunInfo
    private let total: RequestStatistics

    init(_ result: RunResult, _ info: RunInfo, total: RequestStatistics) {
        self.result = result
        self.info = info
        self.total = total
    }

    /// In the order of printing.
    var lines: [Note] { [schedulingDelay, connections].compactMap { $0 } + accounts + overflow }

    /// Said when the delay is noticeable: on average over 1 ms or over a tenth of the service time, or 1 ms and a tenth at p99.
    private var schedulingDelay: Note? {
        guard let delay = total.averageSchedulingDelayNanoseconds, let service = total.serviceTime.averageNanoseconds,
            let response99 = total.responseTime.nanoseconds(atPercentile: 99),
            let service99 = total.serviceTime.nanoseconds(atPercentile: 99)
        else { return nil }
        let difference = Double(response99 - service99)
        let isLateOnAverage = delay > 1e6 || delay > max(1e5, service / 10)
        let isLateInTheTail = difference > max(1e6, Double(service99) / 10)
        guard isLateOnAverage || isLateInTheTail else { return nil }
        let time = NumberText.time(nanoseconds:)
        return Note(
            text: "Scheduling delay: requests started \(time(delay)) late on average. That is the generator's doing, not the target's: "
                + "service time alone is median \(time(Double(total.serviceTime.nanoseconds(atPercentile: 50) ?? 0))), "
                + "p99 \(time(Double(service99))), against a response time of p99 \(time(Double(response99))).",
            isWarning: true)
    }

    private var connections: Note? {
        guard result.connectionsOpened > 0 else { return nil }
        let owner =
            switch info.connections {
            case "user": "kept by each user"
            case "shared": "shared by users"
            case "new": "a new one for every request"
            default: info.connections
            }
        return Note(text: "Connections: \(NumberText.grouped(result.connectionsOpened)) opened, \(owner).")
    }

    private var accounts: [Note] {
        let workers = result.workers
        guard !workers.isEmpty else { return [] }
        func sentence(_ name: String, _ issued: Int64, _ merged: Int64, _ interrupted: Int64, _ unaccounted: Int64) -> String {
            "\(name): \(NumberText.grouped(issued)) issued = \(NumberText.grouped(merged)) merged + "
                + "\(NumberText.grouped(interrupted)) interrupted + \(NumberText.grouped(unaccounted)) unaccounted."
        }
        let sum = workers.reduce(into: (Int64(0), Int64(0), Int64(0), Int64(0))) {
            $0 = ($0.0 + $1.issued, $0.1 + $1.merged, $0.2 + $1.interrupted, $0.3 + $1.unaccounted)
        }
        var notes = [Note(text: sentence("Requests", sum.0, sum.1, sum.2, sum.3), isWarning: sum.3 != 0)]
        if workers.count > 1 {
            for worker in workers where worker.unaccounted != 0 {
                let text = sentence("Of these, \(worker.name)", worker.issued, worker.merged, worker.interrupted, worker.unaccounted)
                notes.append(Note(text: text, isWarning: true))
            }
        }
        return notes
    }

    private var overflow: [Note] {
        let examples = result.examples
        func note(_ what: String, _ example: String?, _ remedy: String) -> Note? {
            guard let example else { return nil }
            let text = "More \(what) than are told apart: the rest is in (other), for example \"\(example)\". \(remedy)"
            return Note(text: text, isWarning: true)
        }
        return [
            note("request names", examples.request, "Give requests with changing paths a common name."),
            note("failure reasons", examples.failure, "Leave changing parts out of the reasons of checks."),
            note("places of exceptions", examples.exception, ""),
        ].compactMap { $0 }
    }
}
