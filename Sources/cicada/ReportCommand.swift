import ArgumentParser
import Cluster
import Judgement
import LoadModel
import Reporting
import Statistics

/// `cicada report`: the report of a run again, or of a part of it, from what its master kept.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print the report of a part of a run that was kept.",
        usage: "cicada report <folder> [--from <time>] [--to <time>] [options]",
        discussion: """
            The folder is that of --state of a master: of a run that has ended, goes on, or was cut off. Times are since the start of the run; \
            what is told are whole intervals of 10 s, longer ones of what is long ago.
            Example: cicada report /state --from 2h --to 3h
            More: docs/soak.md. Exit codes: 0 printed, 2 wrong times or no folder of a run, 4 a file was not written, 5 nothing was measured then.
            """)

    @Argument(help: ArgumentHelp("The folder of --state.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("From this time of the run on: 90s, 20m, 2h (default: its beginning).", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Up to this time of the run (default: its end).", valueName: "time"))
    var to: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run, where the folder has several: the digits in a file's name (default: the latest).", valueName: "id"))
    var runDigits: String?

    @Option(help: ArgumentHelp("Write it as JSON too (docs/result-schema.md).", valueName: "file"), completion: .file())
    var json: String?

    @Option(help: ArgumentHelp("Write the files of --csv of a run too.", valueName: "prefix"))
    var csv: String?

    @Option(help: ArgumentHelp("Write what became of the thresholds as JUnit XML too.", valueName: "file"), completion: .file())
    var junit: String?

    mutating func run() throws {
        ignoreWriteSignals()
        let (from, to) = (try Self.seconds(from, flag: "--from"), try Self.seconds(to, flag: "--to"))
        if let from, let to, from >= to { throw Failure.usage("--from must be before --to, and \(from) s is not before \(to) s.") }
        let archive: IntervalArchive
        do { archive = try IntervalArchive(folder: folder, run: runDigits) } catch { throw Failure.usage("\(error).") }
        let length = Int((archive.elapsedNanoseconds + 999_999_999) / 1_000_000_000)
        let words = NumberText.clock(seconds: Double(archive.elapsedNanoseconds) / 1e9)
        if let from, from >= max(length, 1) {
            throw Failure.usage(
                "--from is \(NumberText.clock(seconds: Double(from))), but the run \(archive.hasEnded ? "lasted" : "has come to") \(words)."
            )
        }
        let part: RunPart
        do { part = try archive.part(from: from ?? 0, to: min(to ?? length, max(length, 1))) } catch { throw Failure.usage("\(error).") }
        let log = Log(level: .info)
        let outputs = try Outputs(csvPrefix: csv, jsonFile: json, junitFile: junit, continuesHistory: false, log: log)
        let info = Self.info(archive, part)
        let report = ConsoleReport(
            part.result, info, width: Terminal.width(of: 1), isColored: Terminal.wantsColor(1))
        let failure = Conclusion.print(report.text)
        try outputs.finish(part.result, info: info)
        if let failure { throw failure }
        guard part.result.total().requests + part.result.warmUp.requests > 0 else {
            throw Failure(.noRequest, "no request ended between \(part.from) s and \(part.to) s of the run.")
        }
    }

    /// Whole seconds of a time; nil: none was given.
    private static func seconds(_ text: String?, flag: String) throws -> Int? {
        guard let text else { return nil }
        guard let nanoseconds = DurationText.nanoseconds(text), nanoseconds <= LoadBounds.longestNanoseconds else {
            throw Failure.usage("\(flag) is '\(text)'; it must be a time since the start of the run such as 90s, 20m, 2h or 1h30m.")
        }
        return Int(nanoseconds / 1_000_000_000)
    }

    private static func info(_ archive: IntervalArchive, _ part: RunPart) -> RunInfo {
        let plan = archive.plan
        var info = RunInfo(
            of: plan, hosts: plan.hosts, startNanosecondsSince1970: archive.startNanosecondsSince1970,
            elapsedNanoseconds: part.elapsedNanoseconds, users: plan.load.mostUsers)
        info.arrivalRate = plan.load.arrivals?.schedule.rate.level(at: Int64(part.to) * 1_000_000_000)
        let from = Int64(part.from) * 1_000_000_000
        info.warmUpNanoseconds = min(max(0, plan.warmUpNanoseconds - from), part.elapsedNanoseconds)
        info.endedBecause = archive.hasEnded ? archive.endedBecause : "it goes on, or its master was killed"
        info.part = PartOfRun(
            fromSecond: part.from, toSecond: part.to, resolutionSeconds: part.resolution, runNanoseconds: archive.elapsedNanoseconds)
        info.thresholds = thresholds(plan, part, info)
        return info
    }

    /// Those of the whole run are judged by the part; windows were judged while it went on.
    private static func thresholds(_ plan: RunPlan, _ part: RunPart, _ info: RunInfo) -> [ThresholdResult] {
        var watch = ThresholdWatch(plan.thresholds)
        return watch.results(part.result, measuredSeconds: info.measuredSeconds, seconds: 0).map { result in
            guard result.threshold.windowSeconds != nil else { return result }
            return ThresholdResult(
                threshold: result.threshold, outcome: .notEvaluated, reason: "windows are judged in the run, not in a part of it")
        }
    }
}
