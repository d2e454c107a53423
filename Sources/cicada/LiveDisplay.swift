import Cluster
import EventLoop
import Glibc
import LoadModel
import Reporting
import Statistics

/// What follows a run on standard error: a line that is redrawn in place on a terminal and written every few seconds elsewhere, and messages above it.
///
/// Nothing here waits for whoever reads it: a terminal that was stopped (Ctrl-S) or a pipe that is full must not hold up the master.
final class LiveDisplay {
    private let setup: RunSetup
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let keys: KeyInput?
    private let web: WebFace?
    private var isLineDrawn = false
    private var nextPlainSecond = 1
    private var unwritten: [String] = []
    private var lost = 0
    private var hasEnded = false

    /// Plain lines come so often, in seconds.
    private static let plainInterval = 5
    /// Lines kept for a reader that does not read.
    private static let mostUnwritten = 1000

    /// `web`: where the run can be looked at as well.
    init(setup: RunSetup, web: WebFace? = nil) {
        self.setup = setup
        self.web = web
        keys = isTerminal ? KeyInput() : nil
    }

    /// Says what is about to run.
    func begin() {
        setup.log(.info, Terminal.fitted(setup.heading, to: STDERR_FILENO))
        web?.say(Notice(setup.heading))
    }

    /// What a master shows and hears.
    func face(signals: SignalInbox) -> MasterFace {
        MasterFace(
            show: { self.show($0) }, say: { self.say($0) }, interrupted: { self.sayStopping() }, signals: signals, keys: keys?.descriptor,
            takeKeys: { self.takeKeys(rows: $0) }, overview: web.map { web in { web.show($0) } })
    }

    /// Shows new figures and brings the files up to date.
    func show(_ progress: MasterProgress) {
        let info = setup.info(
            startNanosecondsSince1970: progress.startNanosecondsSince1970, elapsedNanoseconds: progress.elapsedNanoseconds,
            users: progress.targetUsers)
        let seconds = Int((info.elapsedSeconds).rounded())
        if !progress.isStopping { setup.outputs.update(progress.result, info: info, second: max(0, seconds - 1)) }
        flush()
        guard setup.showsLiveLine, setup.log.level >= .info, !progress.isStopping, unwritten.isEmpty else { return }
        let line = LiveLine(progress.result, info, before: seconds)
        if isTerminal {
            emit("\r\u{1B}[K" + line.text(width: Terminal.width(of: STDERR_FILENO) - 1, isColored: Terminal.wantsColor(STDERR_FILENO)))
            isLineDrawn = true
        } else if seconds >= nextPlainSecond {
            emit(line.plain + "\n")
            nextPlainSecond = (seconds / Self.plainInterval + 1) * Self.plainInterval
        }
    }

    /// Writes a message above the live line.
    func say(_ notice: Notice) {
        web?.say(notice)
        let level: Log.Level = notice.isWarning ? .warning : .info
        guard level <= setup.log.level else { return }
        if unwritten.count < Self.mostUnwritten {
            let line = TerminalText.printable(notice.isWarning ? "warning: \(notice.text)" : notice.text)
            unwritten.append(Terminal.fitted(line, to: STDERR_FILENO))
        } else {
            lost += 1
        }
        flush()
    }

    /// Says that the run was interrupted and what is still waited for.
    func sayStopping() {
        let grace = setup.plan.stopGraceNanoseconds
        let tasks = grace > 0 ? "running tasks get \(DurationText.words(nanoseconds: grace)), " : ""
        say(Notice("stopping: \(tasks)requests already sent are awaited up to 2 s; Ctrl-C again stops at once"))
    }

    /// Leaves the terminal clean for the tables.
    func end() {
        if hasEnded { return }
        hasEnded = true
        keys?.restore()
        if isLineDrawn { emit("\r\u{1B}[K") }
        isLineDrawn = false
        for line in unwritten { complain(line) }
        unwritten.removeAll()
        setup.log(.info, "")
    }

    // MARK: - Parts

    /// How many users more or fewer the keys ask for.
    private func takeKeys(rows: [WorkerRow]) -> Int {
        var change = 0
        for key in keys?.read() ?? [] {
            switch key {
            case UInt8(ascii: "w"): change += 1
            case UInt8(ascii: "W"): change += 10
            case UInt8(ascii: "s"): change -= 1
            case UInt8(ascii: "S"): change -= 10
            case UInt8(ascii: "t"):
                let table = WorkerTable(rows, width: Terminal.width(of: STDERR_FILENO), isColored: Terminal.wantsColor(STDERR_FILENO))
                for line in table.text.split(separator: "\n") { unwritten.append(String(line)) }
                flush()
            default: break
            }
        }
        return change
    }

    private func flush() {
        guard !unwritten.isEmpty, canWrite else { return }
        if isLineDrawn { emit("\r\u{1B}[K") }
        isLineDrawn = false
        while !unwritten.isEmpty, canWrite { emit(unwritten.removeFirst() + "\n") }
        if lost > 0, unwritten.isEmpty {
            emit("warning: \(lost) messages were not shown, because nobody read them\n")
            lost = 0
        }
    }

    /// Whether a few kilobytes go out at once.
    private var canWrite: Bool {
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    private func emit(_ text: String) {
        guard canWrite else { return }
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
