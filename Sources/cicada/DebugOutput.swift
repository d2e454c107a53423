import Glibc
import HTTPTransport
import LoadModel
import Reporting
import Scripting

/// What `cicada run --debug` prints: plain text, with colours on a terminal.
final class DebugOutput {
    private let isColored: Bool
    private let width: Int
    private let write: (String) -> Void

    /// Bodies are shown up to here.
    private static let shownBytes = 2048
    /// Cells of the bar of phases.
    private static let barCells = 40

    /// `write` gets whole lines.
    init(isColored: Bool, width: Int, write: @escaping (String) -> Void) {
        self.isColored = isColored
        self.width = width
        self.write = write
    }

    /// Colours of the terminal (ECMA-48).
    private enum Style: String { case bold = "1", dim = "2", red = "31", green = "32", yellow = "33", cyan = "36" }

    private func styled(_ text: String, _ style: Style) -> String { isColored ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text }

    private func line(_ text: String, _ style: Style? = nil, indent: Int = 0) {
        let printable = TerminalText.printable(text)
        write(String(repeating: " ", count: indent) + (style.map { styled(printable, $0) } ?? printable) + "\n")
    }

    // MARK: - Steps

    /// A user of a class begins.
    func userClass(_ name: String, host: String) {
        write("\n")
        line("User class \"\(name)\" -> \(host)", .bold)
    }

    /// A step begins.
    func step(_ name: String) {
        write("\n")
        line("── \(name) " + String(repeating: "─", count: max(3, min(width, 80) - name.count - 4)), .cyan)
    }

    /// Anything else that happens.
    func note(_ text: String) { line(text, .dim, indent: 2) }

    /// A line that the script printed.
    func printed(_ text: String) { line("print: \(text)", .yellow, indent: 2) }

    /// An error of the script.
    func exception(_ exception: ScriptException) {
        line("exception at \(exception.place): \(exception.message)", .red, indent: 2)
        for call in exception.stack.split(separator: "\n") { line(String(call), .dim, indent: 6) }
    }

    /// What came of it all.
    func end(_ tally: DebugSession.Tally) {
        write("\n")
        let requests = tally.requests == 1 ? "1 request" : "\(tally.requests) requests"
        let exceptions = tally.exceptions == 1 ? "1 exception" : "\(tally.exceptions) exceptions"
        let isFine = tally.failedRequests == 0 && tally.exceptions == 0
        line("\(requests), \(tally.failedRequests) failed, \(exceptions)", isFine ? .green : .red)
    }

    // MARK: - Requests

    /// What is sent, as far as it is known before it is.
    func request(_ draft: borrowing RequestDraft, host: String, options: TransportOptions) {
        let target = draft.target.text
        let url = target.hasPrefix("/") ? host + target : target
        line("→ \(draft.method.text) \(url)", .bold, indent: 2)
        let name = draft.name.text
        if !name.isEmpty, name != target { line("counted as \(name)", .dim, indent: 4) }
        let headers = draft.headers.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let names = Set(headers.map { $0.prefix { $0 != ":" }.lowercased() })
        for header in headers { line(Discretion.header(header), .dim, indent: 4) }
        if !names.contains("user-agent") { line("User-Agent: \(options.userAgent)", .dim, indent: 4) }
        if !names.contains("content-type") {
            switch draft.bodyKind {
            case .none: break
            case .form: line("Content-Type: application/x-www-form-urlencoded", .dim, indent: 4)
            case .json: line("Content-Type: application/json", .dim, indent: 4)
            case .raw: line("Content-Type: application/octet-stream", .dim, indent: 4)
            }
        }
        if draft.bodyKind != .none { body(draft.body.bytes, isCut: false) }
    }

    /// What came back.
    func answer(_ outcome: RequestOutcome) {
        let time = Self.milliseconds(Double(outcome.serviceTimeNanoseconds) / 1e6)
        if let failure = outcome.transportFailure, outcome.status == 0 {
            line("← \(failure) after \(time)", .red, indent: 2)
        } else {
            line("← \(outcome.status) in \(time)", outcome.status < 400 ? .green : .red, indent: 2)
        }
        let hops = outcome.earlierHops
        for (number, hop) in hops.enumerated() { phases(hop, title: "hop \(number + 1)") }
        phases(outcome.phases, title: hops.isEmpty ? "" : "hop \(hops.count + 1)")
        if !outcome.finalURL.isEmpty { line("redirected to \(String(decoding: outcome.finalURL, as: UTF8.self))", .dim, indent: 4) }
        let headers = outcome.headers.split(whereSeparator: { $0 == 13 || $0 == 10 }).map { String(decoding: $0, as: UTF8.self) }
        for header in headers { line(Discretion.header(header), .dim, indent: 4) }
        if outcome.status > 0 { body(outcome.body, isCut: outcome.isBodyTruncated) }
    }

    /// What the script says of an answer. `answer`: which one of a batch, as in `answer 2 of 3: `; empty when it stands alone.
    func judgement(_ judgement: StepObserver.Judgement, answer: String) {
        switch judgement {
        case .holds(let words): line("\(answer)check holds: \(words)", .green, indent: 4)
        case .fails(let words): line("\(answer)check fails: \(words)", .red, indent: 4)
        case .failure(let words): line("\(answer)fail(): \(words)", .red, indent: 4)
        case .pass: line("\(answer)pass(): the status is accepted", .green, indent: 4)
        }
    }

    /// How the request is counted; empty: as a success.
    func verdict(failure: String, answer: String) {
        if failure.isEmpty {
            line("\(answer)counted: ok", .green, indent: 4)
        } else {
            line("\(answer)counted as a failure: \(failure)", .red, indent: 4)
        }
    }

    /// The row that a user has.
    func row(_ row: Int, of source: DataSource, fields: [(name: String, value: String)]) {
        let shown = fields.prefix(8).map { name, value in
            let value = Discretion.value(value, ofField: name)
            return "\(name.isEmpty ? "" : name + " = ")\(value.count > 60 ? value.prefix(60) + "…" : value[...])"
        }
        line("row \(row + 1) of \(source.file): \(shown.joined(separator: ", "))\(fields.count > 8 ? ", …" : "")", .dim, indent: 2)
    }

    // MARK: - Parts

    private func body(_ bytes: UnsafeRawBufferPointer, isCut: Bool) {
        if bytes.isEmpty { return }
        let shown = bytes.prefix(Self.shownBytes)
        // A character may have been cut in two.
        var text = String(validating: shown, as: UTF8.self)
        for cut in 1...3 where text == nil && shown.count < bytes.count { text = String(validating: shown.dropLast(cut), as: UTF8.self) }
        guard let text, !shown.contains(0) else { return line("\(bytes.count) bytes that are no text", indent: 4) }
        // What ends with a line break has no further, empty line.
        let whole = text.last?.isNewline == true ? text.dropLast() : text[...]
        for part in whole.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { line(String(part), indent: 4) }
        if shown.count < bytes.count || isCut {
            line("… \(NumberText.grouped(Int64(bytes.count))) bytes\(isCut ? " and more" : "") in all", .dim, indent: 4)
        }
    }

    private func phases(_ phases: PhaseTimes, title: String) {
        let parts: [(name: String, mark: Character, microseconds: Int64)] = [
            ("lookup", "l", phases.lookupMicroseconds), ("connect", "c", phases.connectMicroseconds), ("TLS", "t", phases.tlsMicroseconds),
            ("wait", "w", phases.waitMicroseconds), ("receive", "r", phases.receiveMicroseconds),
        ].filter { $0.2 != PhaseTimes.absent }
        if parts.isEmpty { return }
        let total = max(1, parts.reduce(0) { $0 + $1.microseconds })
        var bar = ""
        for part in parts {
            let cells = Int((Double(part.microseconds) / Double(total) * Double(Self.barCells)).rounded())
            bar += String(repeating: part.mark, count: max(part.microseconds > 0 ? 1 : 0, cells))
        }
        let words = parts.map { "\($0.name) \(Self.milliseconds(Double($0.microseconds) / 1000))" }.joined(separator: ", ")
        line("\(title.isEmpty ? "" : title + " ")[\(bar)] \(words)", .dim, indent: 4)
    }

    private static func milliseconds(_ value: Double) -> String {
        if value >= 10_000 { return "\((value / 100).rounded() / 10) s" }
        if value >= 100 { return "\(Int(value.rounded())) ms" }
        return "\((value * 100).rounded() / 100) ms"
    }
}
