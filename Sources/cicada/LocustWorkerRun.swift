import ArgumentParser
import Cluster
import EventLoop
import Glibc
import LoadModel
import LocustLink
import Scripting
import Wire

/// `cicada worker --locust`: takes part in the tests of a Locust master, one after the other, until that lets it go.
struct LocustWorkerRun {
    let setup: LocustWorkerSetup
    let identity: WorkerHello
    let settings: WorkerSettings
    let host: String
    let port: Int
    /// The worker's id.
    let name: String
    /// Goes on with another master when one has let it go.
    let stays: Bool
    let log: Log

    /// Runs on the calling thread. Throws a `Failure`, or the exit code of an interrupted worker.
    func run(signals: SignalInbox) throws {
        var settings = settings
        settings.isOnLocustGrid = true
        settings.reportAfterStopNanoseconds = LocustWorkerTranslator.lastWordNanoseconds
        log(.info, "worker \(name): looking for the Locust master at \(host):\(port)")
        let link: LocustWorkerLink
        do {
            link = try LocustWorkerLink(host: host, port: port, name: name, patience: settings.giveUpNanoseconds) { terms in
                do { return try setup.plan(terms) } catch let failure as Failure { throw LocustTermsError(failure.message) }
            }
        } catch { throw Failure(.notStarted, "\(error)") }
        let loop = try WorkerLoop(
            identity: identity, settings: settings, link: link,
            makeUsers: { plan, seed, print in try LuaUsers(plan: plan, seed: seed, log: print) },
            say: { notice in log(notice.isWarning ? .warning : .info, Terminal.fitted("worker \(name): \(notice.text)", to: STDERR_FILENO))
            })
        while true {
            let end = loop.run(signals: signals)
            switch end == .runOver && link.isOrphaned ? .noMaster : end {
            // What could not be reported the link has said: it takes every figure over at once.
            case .runOver, .tooLate, .nothingToDo:
                let words = link.isDismissed ? "the Locust master has ended" : "the test is over"
                log(.info, "worker \(name): \(words), all figures are delivered")
                if link.isDismissed, !stays { return }
                if loop.hasStuckThreads {
                    throw Failure(.notCompleted, "a task of the script does not end, so this process cannot take part in another test")
                }
            case .terminated:
                log(.info, "worker \(name): left")
                throw ExitCode(ExitStatus.interrupted.rawValue)
            case .refused(let reason): throw Failure(.notStarted, "refused by the master: \(reason)")
            case .noMaster:
                let patience = DurationText.words(nanoseconds: settings.giveUpNanoseconds)
                if !stays {
                    throw Failure(
                        .noMaster,
                        "no word from a Locust master at \(host):\(port) for \(patience). Is it running, and is this its address?")
                }
                log(.warning, "worker \(name): no word from a Locust master at \(host):\(port) for \(patience); still looking")
            case .failed(let reason): throw Failure(.notCompleted, reason)
            }
        }
    }
}
