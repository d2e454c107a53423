import Foundation
import TestServers

/// Other load testers on this machine, and what they say of a server that we know.
package enum PeerTools {
    /// One report.
    package struct Report: Sendable {
        package var tool: String
        package var command: String
        /// Seconds by percentile, `50` … `99`, as far as they are told.
        package var percentiles: [String: Double]
    }

    /// Where Locust is: `CICADA_LOCUST`, or in the system's folders.
    static var locust: String? {
        let named = ProcessInfo.processInfo.environment["CICADA_LOCUST"]
        return named.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil } ?? path("locust")
    }

    static func path(_ name: String) -> String? {
        ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// 16 connections, each as fast as the server answers: the way wrk works.
    static func wrk(_ url: String, seconds: Int) throws -> Report? {
        guard let path = path("wrk") else { return nil }
        let arguments = ["-t1", "-c16", "-d\(seconds)s", "--latency", url]
        let output = try run(path, arguments, seconds: seconds)
        // `     99%    1.23ms`
        var percentiles: [String: Double] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0].hasSuffix("%"), let time = time(words[1]) else { continue }
            percentiles[String(words[0].dropLast())] = time
        }
        return Report(tool: "wrk", command: command("wrk", arguments, url), percentiles: percentiles)
    }

    /// 20 clients that share a rate.
    static func hey(_ url: String, rate: Int, seconds: Int) throws -> Report? {
        guard let path = path("hey") else { return nil }
        let arguments = ["-z", "\(seconds)s", "-c", "20", "-q", "\(rate / 20)", url]
        let output = try run(path, arguments, seconds: seconds)
        // `  99% in 0.0012 secs`; a dash or a doubled sign in some versions
        var percentiles: [String: Double] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 4, words[0].hasSuffix("%"), words[1] == "in", let time = Double(words[2]) else { continue }
            percentiles[String(words[0].drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." })] = time
        }
        return Report(tool: "hey", command: command("hey", arguments, url), percentiles: percentiles)
    }

    /// 20 users, each by its own `constant_throughput`.
    static func locust(_ url: String, rate: Int, seconds: Int, _ bench: Workbench) throws -> Report? {
        guard let path = locust else { return nil }
        let file = try bench.file(
            "locustfile.py",
            """
            from locust import FastHttpUser, task, constant_throughput
            class U(FastHttpUser):
                wait_time = constant_throughput(\(Double(rate) / 20))
                @task
                def home(self):
                    self.client.get("/")
            """)
        let prefix = bench.path("locust")
        let arguments = [
            "-f", file, "--headless", "-u", "20", "-r", "20", "-t", "\(seconds)s", "--host", url, "--csv", prefix, "--only-summary",
        ]
        _ = try run(path, arguments, seconds: seconds)
        let text = try String(contentsOfFile: "\(prefix)_stats.csv", encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        guard let head = lines.first, let total = lines.last else { return nil }
        var percentiles: [String: Double] = [:]
        for (name, value) in zip(head, total) where name.hasSuffix("%") {
            if let milliseconds = Double(value) { percentiles[String(name.dropLast())] = milliseconds / 1000 }
        }
        return Report(
            tool: "Locust (FastHttpUser)",
            command: "locust -f FILE --headless -u 20 -r 20 -t \(seconds)s, constant_throughput(\(Double(rate) / 20))",
            percentiles: percentiles)
    }

    /// One request after the other on one connection.
    static func curl(_ url: String, count: Int) throws -> Report? {
        guard let path = path("curl") else { return nil }
        let arguments = ["-s", "-o", "/dev/null", "-w", "%{time_total}\\n", "\(url)/?[1-\(count)]"]
        let times = try run(path, arguments, seconds: 60).split(separator: "\n").compactMap { Double($0) }.sorted()
        guard !times.isEmpty else { return nil }
        var percentiles: [String: Double] = [:]
        for percentile in ["50", "66", "75", "80", "90", "95", "99"] {
            let rank = Int(((Double(percentile) ?? 0) / 100 * Double(times.count)).rounded(.up))
            percentiles[percentile] = times[max(1, rank) - 1]
        }
        return Report(tool: "curl -w, \(count) times", command: command("curl", arguments, url), percentiles: percentiles)
    }

    private static func run(_ path: String, _ arguments: [String], seconds: Int) throws -> String {
        let end = try RunningProgram(path: path, arguments).waitForEnd(atMost: Double(seconds) + 40)
        return end.output
    }

    private static func command(_ name: String, _ arguments: [String], _ url: String) -> String {
        ([name] + arguments.map { $0 == "%{time_total}\\n" ? "'%{time_total}\\n'" : $0 }).joined(separator: " ").replacing(url, with: "URL")
    }

    /// `812.00us`, `1.23ms`, `1.40s`
    private static func time(_ text: Substring) -> Double? {
        for (unit, factor) in [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}
