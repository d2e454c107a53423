import Cluster
import Glibc
import LoadModel
import Reporting

/// The line that follows a run on standard error: redrawn in place on a terminal, a plain line every few seconds elsewhere.
final class LiveDisplay {
    private let setup: RunSetup
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isLineDrawn = false
    private var nextPlainSecond = 1

    /// Plain lines come so often, in seconds.
    private static let plainInterval = 5

    init(setup: RunSetup) { self.setup = setup }

    /// Says what is about to run.
    func begin() { setup.log(.info, setup.heading) }

    /// Shows new figures and brings the files up to date.
    func show(_ progress: LocalRun.Progress) {
        let info = setup.info(elapsedNanoseconds: progress.elapsedNanoseconds)
        let seconds = Int((info.elapsedSeconds).rounded())
        if !progress.isStopping { setup.outputs.update(progress.result, info: info, second: max(0, seconds - 1)) }
        guard setup.showsLiveLine, setup.log.level >= .info, !progress.isStopping else { return }
        let line = LiveLine(progress.result, info, before: seconds)
        if isTerminal {
            emit("\r\u{1B}[K" + line.text(width: Terminal.width(of: STDERR_FILENO) - 1, isColored: Terminal.wantsColor(STDERR_FILENO)))
            isLineDrawn = true
        } else if seconds >= nextPlainSecond {
            emit(line.plain + "\n")
            nextPlainSecond = (seconds / Self.plainInterval + 1) * Self.plainInterval
        }
    }

    /// Writes a line that the script printed, above the live line.
    func logFromScript(_ text: String) {
        erase()
        setup.log(.info, "script: \(TerminalText.printable(text))")
    }

    /// Says that the run was interrupted and what is still waited for.
    func sayStopping() {
        erase()
        let grace = setup.plan.stopGraceNanoseconds
        let tasks = grace > 0 ? "running tasks get \(DurationText.words(nanoseconds: grace)), " : ""
        setup.log(.info, "stopping: \(tasks)requests already sent are awaited up to 2 s; Ctrl-C again stops at once")
    }

    /// Leaves the terminal clean for the tables.
    func end() {
        erase()
        setup.log(.info, "")
    }

    private func erase() {
        if isLineDrawn { emit("\r\u{1B}[K") }
        isLineDrawn = false
    }

    private func emit(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// What can be known of the terminal behind a descriptor.
enum Terminal {
    /// Columns; 100 where there is no terminal and COLUMNS does not say.
    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 100
    }

    /// Colour is for terminals, unless NO_COLOR is set (https://no-color.org) or the terminal is dumb.
    static func wantsColor(_ descriptor: Int32) -> Bool {
        if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
        if let term = getenv("TERM"), strcmp(term, "dumb") == 0 { return false }
        return isatty(descriptor) == 1
    }
}
