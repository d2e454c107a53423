import ArgumentParser
import Cluster
import EventLoop
import Glibc
import Judgement
import Reporting
import Statistics
import ZeroMQ

/// The end of a run: tables, files and exit code.
struct Conclusion {
    let outcome: RunOutcome
    let setup: RunSetup
    /// Where the run could be looked at.
    var web: WebFace?
    /// Called when all is written, so that nothing of the run need be kept any more.
    var whenWritten: () -> Void = {}

    /// The same, after which what it leaves can be fetched for as long as `linger` says, unless it was interrupted or never began. `socket`: workers that
    /// come meanwhile are told that there is nothing to do.
    func tell(linger: Linger?, signals: SignalInbox, socket: MasterSocket? = nil) throws {
        let end = Result { try tell() }
        switch outcome.ending {
        case .interrupted, .notStarted: break
        case .runTimeOver, .ended, .completed, .failed:
            if let linger, let web { try linger.hold(web, signals: signals, socket: socket, log: setup.log) }
        }
        try end.get()
    }

    /// Prints and writes it. Throws what decides the exit code, unless that is 0.
    func tell() throws {
        if let words = outcome.turnedAway.words { setup.log(.warning, words) }
        if case .notStarted(let reason) = outcome.ending {
            whenWritten()
            let words = "the run was not started: \(TerminalText.printable(reason))"
            web?.conclude(without: words)
            throw Failure(.notStarted, words)
        }
        var info = setup.info(
            startNanosecondsSince1970: outcome.startNanosecondsSince1970, elapsedNanoseconds: outcome.elapsedNanoseconds,
            users: outcome.users)
        info.spawnRate = outcome.ratePerSecond
        info.startsDue = outcome.starts?.due
        info.warmUpNanoseconds = outcome.warmUpNanoseconds
        info.workers = outcome.workers
        info.earlierLosses = outcome.earlierLosses
        info.workerEvidence = outcome.evidence.workers
        if outcome.evidence.requests > 0 { info.assessment = Assessment(of: outcome.evidence) }
        info.dataUse = zip(setup.plan.scenario.dataSources.filter { $0.order == .unique }, outcome.dataUse).map { source, use in
            DataUseRow(
                file: use.file, rows: use.rows, drawn: Int64(use.drawn), burnt: Int64(use.burnt),
                left: source.atEnd == .cyclic ? nil : Int64(use.left))
        }
        info.thresholds = outcome.thresholds
        info.endedBecause = outcome.ending.words
        web?.conclude(outcome, info: info, trouble: trouble)
        let report = ConsoleReport(
            outcome.result, info, width: Terminal.width(of: STDOUT_FILENO), isColored: Terminal.wantsColor(STDOUT_FILENO))
        var writeFailure = Self.print(report.text)
        do { try setup.outputs.finish(outcome.result, info: info, trouble: trouble) } catch let failure as Failure {
            writeFailure = failure
        }

        if writeFailure == nil { whenWritten() }
        switch outcome.ending {
        case .interrupted:
            if let writeFailure { complain("cicada: \(writeFailure.message)") }
            throw ExitCode(ExitStatus.interrupted.rawValue)
        case .failed(let reason):
            if let writeFailure { complain("cicada: \(writeFailure.message)") }
            throw Failure(.notCompleted, "the run was not completed: \(TerminalText.printable(reason))")
        case .runTimeOver, .ended, .completed, .notStarted: break
        }
        if let writeFailure { throw writeFailure }
        // A run that its setup has ended was not to measure anything.
        if case .ended = outcome.ending, outcome.elapsedNanoseconds == 0 { return try tellThresholds() }
        let total = outcome.result.total()
        if total.requests == 0 {
            throw Failure(
                .noRequest,
                """
                no request was completed, so nothing was measured. Either no task made one (is the wait longer than the run? did the \
                tasks raise errors before?) or none was answered in time (see --run-time and --stop-timeout).
                """)
        }
        // The tables have said why.
        if info.assessment?.verdict == .invalid, setup.exitCodeOnInvalid != 0 { throw ExitCode(Int32(setup.exitCodeOnInvalid)) }
        try tellThresholds()
        if total.failures > 0, setup.exitCodeOnFailure != 0 { throw ExitCode(Int32(setup.exitCodeOnFailure)) }
    }

    /// Throws when a threshold was not passed, or could not be evaluated.
    private func tellThresholds() throws {
        let others = outcome.thresholds.filter { $0.outcome != .passed }
        if others.isEmpty { return }
        let count =
            outcome.thresholds.count == 1
            ? "the threshold was" : "\(others.count) of \(outcome.thresholds.count) thresholds \(others.count == 1 ? "was" : "were")"
        let lines = others.map { "\n    " + TerminalText.printable("\($0.threshold.text): \($0.words)") }
        throw Failure(.thresholdNotHeld, "\(count) not passed:" + lines.joined())
    }

    /// Why the run was not completed, for who reads nothing but the file of `--junit`.
    private var trouble: String? {
        switch outcome.ending {
        case .runTimeOver, .ended, .completed, .notStarted: outcome.result.total().requests == 0 ? "no request was completed" : nil
        case .interrupted: "the run was interrupted"
        case .failed(let reason): "the run was not completed: \(reason)"
        }
    }

    /// Writes text to standard output. A reader that has gone (`| head`) has all it wanted; anything else that fails is told.
    static func print(_ text: String) -> Failure? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { return nil }
                return Failure(.notCompleted, "the output could not be written to standard output: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(written)
        }
        return nil
    }
}
