import Glibc
import Judgement
import LoadModel
import Reporting
import Statistics

/// The files of a run: `--csv` as it goes, `--json` and `--junit` at the end.
///
/// A file that cannot be written never stops a run: it is said at once, tried again, and decides the exit code.
final class Outputs {
    private var csv: CSVFiles?
    private let jsonFile: String?
    private let junitFile: String?
    /// The history with a row for each request; nil: it has none, or is not written.
    let fullHistoryPath: String?
    private let log: Log
    private var hasComplained = false

    /// Creates the CSV files, with headers only, and sees that the folders of the JSON and JUnit files can be written to.
    /// Throws a `Failure` before the run when that is not so.
    ///
    /// `continuesHistory`, `hasFullHistory`: see `CSVFiles`.
    init(
        csvPrefix: String?, jsonFile: String?, junitFile: String? = nil, continuesHistory: Bool, hasFullHistory: Bool = false, log: Log
    ) throws {
        self.jsonFile = jsonFile
        self.junitFile = junitFile
        fullHistoryPath = hasFullHistory ? csvPrefix.map(CSVFiles.historyPath) : nil
        self.log = log
        if let csvPrefix {
            do throws(ReportingError) {
                csv = try CSVFiles(prefix: csvPrefix, continuesHistory: continuesHistory, hasFullHistory: hasFullHistory)
            } catch {
                throw Failure.usage("--csv: \(error). Give a prefix in an existing folder that you may write to.")
            }
        }
        try Self.check(jsonFile, flag: "--json")
        try Self.check(junitFile, flag: "--junit")
    }

    private static func check(_ path: String?, flag: String) throws {
        guard let path else { return }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Failure.usage("\(flag): \(path) is a folder; name a file.")
        }
        do throws(ReportingError) { try ReportFile.checkReplaceable(path) } catch {
            throw Failure.usage("\(flag): \(error). Name a file in an existing folder that you may write to.")
        }
    }

    /// Writes what the JUnit file says until the run has come to its end.
    func begin(_ thresholds: [Threshold], info: RunInfo) throws {
        guard let junitFile else { return }
        do throws(ReportingError) {
            try ReportFile.replace(junitFile, with: JUnitReport.pending(thresholds, info, host: Self.hostName))
        } catch { throw Failure.usage("--junit: \(error).") }
    }

    /// The name of this machine.
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The run is a new one, and what is in the CSV history is not.
    func beginHistoryAnew() throws {
        do throws(ReportingError) { try csv?.beginHistoryAnew() } catch { throw Failure.usage("--csv: \(error)") }
    }

    /// Brings the CSV files up to date while the run goes on.
    func update(_ result: RunResult, info: RunInfo, second: Int) {
        guard csv != nil else { return }
        do throws(ReportingError) {
            try csv?.update(result, info, second: second)
        } catch {
            if !hasComplained { log(.warning, "\(error). The run goes on; the file is tried again each second.") }
            hasComplained = true
        }
    }

    /// Writes the end of the run; `trouble`: why it was not completed. Throws a `Failure` that names every file that is not complete.
    func finish(_ result: RunResult, info: RunInfo, trouble: String? = nil) throws {
        var problems: [String] = []
        do throws(ReportingError) {
            if info.part == nil { try csv?.finish(result, info) } else { try csv?.finish(part: result, info) }
        } catch { problems.append("\(error)") }
        if let jsonFile {
            do throws(ReportingError) { try ReportFile.replace(jsonFile, with: JSONReport.text(result, info)) } catch {
                problems.append("\(error)")
            }
        }
        if let junitFile {
            let text = JUnitReport.text(info.thresholds, info, host: Self.hostName, trouble: trouble)
            do throws(ReportingError) { try ReportFile.replace(junitFile, with: text) } catch { problems.append("\(error)") }
        }
        if !problems.isEmpty {
            let files = problems.count == 1 ? "the file is" : "the files are"
            throw Failure(.notCompleted, "\(problems.joined(separator: "; ")). The tables above are complete; \(files) not.")
        }
    }
}
