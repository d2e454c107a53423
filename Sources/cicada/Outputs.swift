import Glibc
import LoadModel
import Reporting
import Statistics

/// The files of a run: `--csv` as it goes, `--json` at the end.
///
/// A file that cannot be written never stops a run: it is said at once, tried again, and decides the exit code.
final class Outputs {
    private var csv: CSVFiles?
    private let jsonFile: String?
    private let log: Log
    private var hasComplained = false

    /// Creates the CSV files, with headers only, and sees that the JSON file's folder can be written to.
    /// Throws a `Failure` before the run when that is not so.
    ///
    /// `continuesHistory`: see `CSVFiles`.
    init(csvPrefix: String?, jsonFile: String?, continuesHistory: Bool, log: Log) throws {
        self.jsonFile = jsonFile
        self.log = log
        if let csvPrefix {
            do throws(ReportingError) { csv = try CSVFiles(prefix: csvPrefix, continuesHistory: continuesHistory) } catch {
                throw Failure.usage("--csv: \(error). Give a prefix in an existing folder that you may write to.")
            }
        }
        if let jsonFile {
            var status = stat()
            if stat(jsonFile, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                throw Failure.usage("--json: \(jsonFile) is a folder; name a file.")
            }
            do throws(ReportingError) { try ReportFile.checkReplaceable(jsonFile) } catch {
                throw Failure.usage("--json: \(error). Name a file in an existing folder that you may write to.")
            }
        }
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

    /// Writes the end of the run. Throws a `Failure` that names every file that is not complete.
    func finish(_ result: RunResult, info: RunInfo) throws {
        var problems: [String] = []
        do throws(ReportingError) { try csv?.finish(result, info) } catch { problems.append("\(error)") }
        if let jsonFile {
            do throws(ReportingError) { try ReportFile.replace(jsonFile, with: JSONReport.text(result, info)) } catch {
                problems.append("\(error)")
            }
        }
        if !problems.isEmpty {
            let files = problems.count == 1 ? "the file is" : "the files are"
            throw Failure(.notCompleted, "\(problems.joined(separator: "; ")). The tables above are complete; \(files) not.")
        }
    }
}
