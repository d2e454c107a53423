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
    var lines: [Note] { [schedulingDelay, connections].compactMap { $0 } + dataUse + accounts + overflow }

    private var dataUse: [Note] { info.dataUse.map { Note(text: "\($0.text).", isWarning: $0.burnt > 0) } }

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
        func note(_ name: String, _ workers: [WorkerAccount]) -> Note {
            let unaccounted = sum(workers, \.unaccounted)
            let unheard = sum(workers, \.unheard)
            var text =
                "\(name): \(NumberText.grouped(sum(workers, \.issued))) issued = \(NumberText.grouped(sum(workers, \.merged))) merged + "
                + "\(NumberText.grouped(sum(workers, \.interrupted))) interrupted + \(NumberText.grouped(unaccounted)) unaccounted."
            if unheard > 0 { text += " Up to \(NumberText.grouped(unheard)) more may have been sent since the last word of who was lost." }
            return Note(text: text, isWarning: unaccounted != 0 || unheard > 0)
        }
        var notes = [note("Requests", workers)]
        if workers.count > 1 {
            notes += workers.filter { $0.unaccounted != 0 || $0.unheard > 0 }.map { note("Of these, \($0.name)", [$0]) }
        }
        for (worker, issued) in info.earlierLosses.sorted(by: { $0.key < $1.key }) where issued > 0 {
            let text =
                "Not in this result: \(NumberText.grouped(issued)) requests that \(worker) sent for an earlier master, which is gone."
            notes.append(Note(text: text, isWarning: true))
        }
        return notes
    }

    private func sum(_ workers: [WorkerAccount], _ figure: KeyPath<WorkerAccount, Int64>) -> Int64 {
        workers.reduce(0) { $0 + $1[keyPath: figure] }
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
            note("names of timings and counters", examples.custom, "Leave changing parts out of their names."),
        ].compactMap { $0 }
    }
}
