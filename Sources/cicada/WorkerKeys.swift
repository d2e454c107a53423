import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import ZeroMQ

/// What a worker shows to its master: nothing, the token that it was given, or the one that lies on this machine, read anew for each
/// connection, since another master may have written another one.
///
/// Only `--plain` makes it nothing: a worker whose token has gone keeps the one that it knew.
final class WorkerKeys {
    private var known: WorkerSecurity?
    private let file: KeyFile?
    private let port: Int

    /// Before a file that is missing is told.
    private static let quietNanoseconds: Int64 = 400_000_000

    init(given: String?, isPlain: Bool, host: String, port: Int) throws {
        self.port = port
        if isPlain {
            (known, file) = (.plain, nil)
        } else if let given {
            do { known = .curve(try JoinToken(text: given)) } catch { throw Failure.usage("the join token cannot be used: \(error)") }
            file = nil
        } else if isThisMachine(host) {
            do { file = try KeyFile(port: port) } catch { throw Failure(.notStarted, "\(error)") }
        } else {
            // This machine may have other names than those of loopback.
            let file = try? KeyFile(port: port)
            guard let file, (try? file.joinToken()) != nil else {
                throw Failure.usage(
                    "no join token: the master prints it when it listens beyond this machine. Give it as CICADA_JOIN_TOKEN or --join-token "
                        + "(in a pod from the Secret cicada-keys, which is made of what cicada token new prints)."
                )
            }
            self.file = file
        }
    }

    /// What is shown on the next connection; only after `wait`.
    var current: WorkerSecurity {
        if let token = try? file?.joinToken() { known = .curve(token) }
        guard let known else { preconditionFailure("a connection before there was a token") }
        return known
    }

    /// What to look at when no master is found.
    var hint: String { file.map { "(its key is looked for in \($0.folder))" } ?? "" }

    /// Waits until a master has left its token, so long at most, or for ever.
    func wait(atMost nanoseconds: Int64, stays: Bool, signals: SignalInbox, log: Log) throws {
        guard let file else { return }
        let patience = DurationText.words(nanoseconds: nanoseconds)
        var start = MonotonicClock.nanoseconds()
        var isTold = false
        while true {
            do {
                if let token = try file.joinToken() {
                    known = .curve(token)
                    return
                }
            } catch { throw Failure(.notStarted, "\(error)") }
            let now = MonotonicClock.nanoseconds()
            if !isTold, now - start >= Self.quietNanoseconds {
                let bound = stays ? "" : " up to \(patience)"
                log(
                    .info,
                    "no master has been started on this machine for port \(port) yet (or was it started with --plain?); waiting\(bound)")
                isTold = true
            }
            if now - start >= nanoseconds {
                let missing = "no master was started on this machine for port \(port) within \(patience)"
                guard stays else {
                    throw Failure(
                        .noMaster,
                        "\(missing), or only with --plain, which workers must then have too (its join token would be \(file.joinPath))")
                }
                log(.warning, "\(missing); still looking")
                start = now
            }
            if signals.take() > 0 { throw ExitCode(ExitStatus.interrupted.rawValue) }
            usleep(100_000)
        }
    }
}
