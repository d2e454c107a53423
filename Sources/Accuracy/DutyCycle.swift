import EventLoop
import Foundation
import Glibc
import Synchronization
import TestServers

/// Lets a program and what it started run for a part of each tenth of a second only, by signals: what is left of a core where no control group can be made.
/// It ends with the value.
final class DutyCycle: Sendable {
    private static let period = 0.1
    private let isOver = Mutex(false)

    init(_ program: RunningProgram, share: Double) throws {
        let thread = try OSThread(name: "duty") { [weak self] in
            while let self, !self.isOver.withLock({ $0 }), !program.hasEnded {
                // A program leads a process group; its workers have one each.
                let processes = [program.processIdentifier] + program.children
                for process in processes { kill(process, SIGSTOP) }
                usleep(UInt32(Self.period * (1 - share) * 1e6))
                for process in processes { kill(process, SIGCONT) }
                usleep(UInt32(Self.period * share * 1e6))
            }
        }
        thread.detach()
    }

    /// The program runs freely from now on.
    func end() { isOver.withLock { $0 = true } }
}
