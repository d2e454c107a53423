import Accuracy
import Foundation

/// docs/accuracy.md.
enum AccuracyPage {
    private static let words = """
        # Accuracy

        This page is written by `make accuracy`: what it says is what one run on one machine measured.

        A load tester's figures are worth what they can be held against. `make accuracy` starts servers whose timing is known, measures them with the finished
        programs, and compares with what must come out by a formula. `make test` does a smaller part of the same. Every check can fail: where it can be shown
        cheaply, it is shown in the table (`control`), the rest in `Tests/AccuracyTests`.

        ## How it is known what must come out

        | check | formula |
        | --- | --- |
        | stall | A server that stands still for S seconds under a rate R, and serves k times the rate afterwards, delays R·S·k/(k−1) starts of N; their response times lie evenly between 0 and S. So p_q = S·(1 − (1−q)·N·(k−1)/(R·S·k)). S and k are read from the server's own log. With as many users as starts, all requests are sent in time and service times show the same; with few, service times show the few that were stuck, and response times still everything |
        | freezing | Half of each period is a stall: of N starts half are bad, evenly between 0 and the half period |
        | known latency | The server says in a header how long it took. No service time is below that; what lies between is distributed the same whether the server waits or not (Kolmogorov and Smirnov, α = 10⁻⁴, times moved by 0.1 ms at most); latencies are dealt from shuffled decks, so quantiles are known to half a point |
        | phases | One part is slow at a time: a name server that answers late behind a resolv.conf of its own, a SYN that is dropped, a relay that holds the TLS handshake, a late first byte, a slow body |
        | pacing | Arrivals at the server against k/R; their number in every window of 100 ms; gaps against 1 − exp(−R·t). A schedule in bunches has to fail each of these |
        | ramp | R·t²/2T starts before t |
        | bare timer | A thread that does nothing but sleep to the same moments, at the same time: what the machine's timers are worth. Where they are worse than half a bar, the bar is twice what they are worth, the row says so, and what is held by that alone is not "yes" but "widened". Such checks are made up to three times until one needs no wider bar: what disturbs from outside can only make a run worse |
        | Little's law | throughput · service time = users that are never idle |
        | merge | Counts of buckets are added, so any split and order gives the same histogram, bit for bit |
        | clocks | Workers in time namespaces: their monotonic clocks differ from the master's by a second and by 1,000 |
        | tail | A run that is stopped at any moment has every request that the server read |
        | verdict | Runs whose truth is known by how they are made: a control group with a fifth of a core; a light load; a server that serves one request after the other |

        """

    /// The whole page.
    static func text(table: AccuracyTable, comparison: String, seconds: Double) -> String {
        var text = words + "\n## The last table\n\n"
        text += "\(table.summary), in \(Figures.number(seconds / 60)) minutes on \(machine).\n\n" + table.markdown
        if !comparison.isEmpty {
            text +=
                "\n## What others report of the same servers\n\nIn the same run, one after the other. `URL` is the server's.\n\n"
                + comparison
        }
        return text
    }

    private static var machine: String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        return "\(cores) \(cores == 1 ? "core" : "cores")\(model.map { " of \($0)" } ?? "")"
    }
}
