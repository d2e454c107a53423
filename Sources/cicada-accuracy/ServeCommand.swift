import ArgumentParser
import EventLoop
import Foundation
import Glibc
import TestServers

/// A server of known behaviour in a process of its own, until SIGTERM or SIGINT.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve HTTP/1.1 on 127.0.0.1 with known timing.",
        discussion: """
            Times: 250us, 60ms, 1.4s. It prints its address, \"open\" when it begins to answer, and at the end what it saw as JSON: requests, answers, connections, when it \
            opened, and when it stood still, in nanoseconds of CLOCK_MONOTONIC.
            """)

    @Option(help: "The port; 0: a free one.")
    var port = 0

    @Option(help: "One latency, or several with their shares of 1,000 (1ms:900,20ms:100), dealt from shuffled decks.")
    var latency = "0"

    @Option(help: "From the first byte of an answer to its last.")
    var bodyTime = "0"

    @Flag(help: "Serve one request after the other.")
    var serial = false

    @Option(help: "Answer nobody before so many requests have come.")
    var opensAfter = 0

    @Option(help: "Stand still so long after the opening.")
    var stallAfter: String?

    @Option(help: "Stand still for so long.")
    var stallFor: String?

    @Option(help: "Stand still for the second half of each such period.")
    var freezePeriod = "0"

    @Option(help: "Order of the latencies.")
    var seed: UInt64 = 1

    @Option(help: "Also be a name server on port 53 which answers so late; for network namespaces.")
    var namesDelay: String?

    @Option(help: "Write when each request came to this file at the end.")
    var arrivals: String?

    func run() throws {
        let signals = try SignalInbox([SIGTERM, SIGINT])
        signal(SIGPIPE, SIG_IGN)
        let plan = try plan()
        if let namesDelay { try LateNameServer.start(port: 53, delayNanoseconds: nanoseconds(namesDelay, "--names-delay")) }
        var server = try KnownServer(plan)
        print("listening on http://127.0.0.1:\(server.port)")
        fflush(nil)
        let (report, log) = server.run(until: signals) {
            print("open")
            fflush(nil)
        }
        if let arrivals { try log.write(path: arrivals) }
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    private func plan() throws -> KnownServerPlan {
        var plan = KnownServerPlan()
        plan.port = port
        guard let deck = LatencyDeck(text: latency, seed: seed) else {
            throw ValidationError("--latency is '\(latency)': write a time, or times with shares of 1,000 in all, as 1ms:900,20ms:100.")
        }
        plan.latency = deck
        plan.bodyNanoseconds = try nanoseconds(bodyTime, "--body-time")
        plan.isSerial = serial
        plan.opensAfter = opensAfter
        plan.freezePeriodNanoseconds = try nanoseconds(freezePeriod, "--freeze-period")
        if let stallAfter, let stallFor {
            plan.stall = .init(
                afterNanoseconds: try nanoseconds(stallAfter, "--stall-after"), forNanoseconds: try nanoseconds(stallFor, "--stall-for"))
        }
        return plan
    }

    private func nanoseconds(_ text: String, _ flag: String) throws -> Int64 {
        guard let value = TimeText.nanoseconds(text) else {
            throw ValidationError("\(flag) is '\(text)': write a time, as 250us, 60ms or 1.4s.")
        }
        return value
    }
}
