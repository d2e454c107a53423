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
    private let lateStarts: LateStarts

    init(_ result: RunResult, _ info: RunInfo, total: RequestStatistics, lateStarts: LateStarts) {
        self.result = result
        self.info = info
        self.total = total
        self.lateStarts = lateStarts
    }

    /// In the order of printing.
    var lines: [Note] {
        [schedulingDelay].compactMap { $0 } + starts + [warmUp, connections, part].compactMap { $0 } + dataUse + accounts + ofLocust
            + overflow
    }

    /// What a part of a run does not tell.
    private var part: Note? {
        info.part.map { part in
            let span = NumberText.clock(seconds: Double(part.resolutionSeconds))
            return Note(
                text:
                    "A part of a run: told in whole intervals, the longest of \(span); a request is in the interval in which it ended. Verdict, windows of "
                    + "thresholds and whereabouts of every request are told of the whole run only.")
        }
    }

    /// What Locust's workers do not tell.
    private var ofLocust: [Note] {
        guard result.reading == .locust else { return [] }
        let reported = NumberText.grouped(sum(result.workers, \.merged))
        return [
            Note(
                text:
                    "Locust workers: times rounded to 2 digits, and percentiles read as Locust does (least, greatest and average are exact). Locust has one time "
                    + "for a request, so response time and service time are one and the same here."),
            Note(
                text:
                    "Requests: \(reported) reported. Conservation is not provable: Locust's workers do not tell how many they have sent. Nor do they tell of "
                    + "delays of their own, so the verdict knows nothing of them."),
        ]
    }

    private var dataUse: [Note] { info.dataUse.map { Note(text: "\($0.text).", isWarning: $0.burnt > 0) } }

    /// Whose doing it is, the figures do not show: a start may have waited for a user that a slow target kept busy, or for the generator.
    private var schedulingDelay: Note? {
        guard lateStarts.areNoticeable else { return nil }
        let text =
            "Scheduling delay: requests started late, by \(lateStarts.figures). The response time counts that, the service time does not; "
            + "whose doing it is, the verdict says."
        return Note(text: text, isWarning: true)
    }

    /// Where the starts of an open load went.
    private var starts: [Note] {
        let begun = result.startsBegun + result.warmUp.startsBegun
        let dropped = result.startsDropped + result.warmUp.startsDropped
        guard info.startsDue != nil || begun + dropped > 0 else { return [] }
        let due = info.startsDue ?? begun + dropped
        let lost = due - begun - dropped
        let number = NumberText.grouped
        var notes = [
            Note(
                text: "Starts: \(number(due)) due = \(number(begun)) begun + \(number(dropped)) dropped + \(number(lost)) lost.",
                isWarning: dropped > 0 || lost != 0)
        ]
        if let below = result.measurableBelow {
            let text =
                "Not measurable (n/m): percentiles above \(NumberText.fixed((below * 1000).rounded(.down) / 1000, 3)) %, "
                + "since nobody knows how long the \(number(result.startsDropped)) dropped of \(number(result.startsBegun + result.startsDropped)) "
                + "starts would have taken. Percentiles below count them as longer than everything."
            notes.append(Note(text: text, isWarning: true))
        }
        return notes
    }

    private var warmUp: Note? {
        guard info.warmUpNanoseconds > 0 else { return nil }
        let number = NumberText.grouped
        let (requests, iterations) = (result.warmUp.requests, result.warmUp.iterations)
        let text =
            "Warm-up: \(number(requests)) \(requests == 1 ? "request" : "requests") and \(number(iterations)) "
            + "\(iterations == 1 ? "iteration" : "iterations") of the first \(NumberText.clock(seconds: Double(info.warmUpNanoseconds) / 1e9)) "
            + "are in no figure above."
        return Note(text: text)
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
        guard !workers.isEmpty, result.reading == .house, info.part == nil else { return [] }
        func note(_ name: String, _ workers: [WorkerAccount]) -> Note {
            let unaccounted = sum(workers, \.unaccounted)
            let unheard = sum(workers, \.unheard)
            let warmUp = sum(workers, \.warmUp)
            var text =
                "\(name): \(NumberText.grouped(sum(workers, \.issued))) issued = \(NumberText.grouped(sum(workers, \.merged))) merged + "
                + (warmUp > 0 ? "\(NumberText.grouped(warmUp)) in the warm-up + " : "")
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
            result.iterations.contains { $0.key == .other }
                ? Note(text: "More tasks than are told apart: the iterations of the rest are in (other).", isWarning: true) : nil,
        ].compactMap { $0 }
    }
}
