import Glibc

/// One of several processes that serve a port together, seen from inside.
package enum FamilyMember {
    /// Serves until the parent stops or dies, and then ends the process. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - inheritance: what the parent has given.
    ///   - behaviour: latency, failures and the like.
    ///   - threads: the number of event loops.
    ///   - report: takes a sentence about trouble with accepting connections, from any thread.
    /// - Throws: ``WebappError`` with code `notStarted`.
    package static func serve(
        _ inheritance: Inheritance, behaviour: Behaviour, threads: Int, report: @escaping @Sendable (String) -> Void
    ) throws -> Never {
        // A terminal sends SIGINT to all processes; the parent decides.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        for descriptor in inheritance.descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let counts = try SharedCounts(processes: inheritance.processes, process: inheritance.process, sharing: inheritance.counts)
        let server = try WebappServer(
            socket: ListeningSocket(adopting: inheritance.listener), behaviour: behaviour, counts: counts, threads: threads, report: report)
        var byte: UInt8 = 1
        _ = write(inheritance.ready, &byte, 1)
        _ = close(inheritance.ready)
        while read(inheritance.lifeline, &byte, 1) < 0, errno == EINTR {}
        // The kernel closes all connections at once; nothing here needs an orderly end.
        withExtendedLifetime(server) { _exit(0) }
    }
}
