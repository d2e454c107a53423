/// What the checks read of a result file (docs/result-schema.md).
package struct CicadaResult: Decodable, Sendable {
    package struct Run: Decodable, Sendable {
        package var runTimeActual: Double

        private enum CodingKeys: String, CodingKey { case runTimeActual = "run_time_actual_s" }
    }
    package struct Times: Decodable, Sendable {
        /// Milliseconds; nil where there is nothing, or nothing to be measured.
        package var average: Double?
        package var max: Double?
        package var percentiles: [String: Double?]

        /// Seconds; nil: not told.
        package func seconds(atPercentile percentile: String) -> Double? { (percentiles[percentile] ?? nil).map { $0 / 1000 } }
    }
    package struct Request: Decodable, Sendable {
        package var name: String?
        package var requests: Int
        package var failures: Int
        package var interrupted: Int
        package var responseTime: Times
        package var serviceTime: Times
        /// By series: microseconds and counts.
        package var histograms: [String: [[Int]]]

        private enum CodingKeys: String, CodingKey {
            case name, requests, failures, interrupted
            case responseTime = "response_time_ms"
            case serviceTime = "service_time_ms"
            case histograms = "histograms_us"
        }

        /// Seconds at quantile `q` (0 … 1) of a series, by nearest rank; nil: it is empty.
        package func seconds(atQuantile q: Double, of series: String) -> Double? {
            CicadaResult.seconds(atQuantile: q, histograms[series] ?? [])
        }

        /// How many times of a series are longer.
        package func count(of series: String, above seconds: Double) -> Int {
            (histograms[series] ?? []).reduce(0) { Double($1[0]) / 1e6 > seconds ? $0 + $1[1] : $0 }
        }
    }
    package struct Custom: Decodable, Sendable {
        package struct Timing: Decodable, Sendable {
            package var name: String
            package var count: Int
            package var histogram: [[Int]]

            private enum CodingKeys: String, CodingKey {
                case name, count
                case histogram = "histogram_us"
            }
        }
        package struct Counter: Decodable, Sendable {
            package var name: String
            package var sum: Double
        }
        package var timings: [Timing]
        package var counters: [Counter]
    }
    package struct Worker: Decodable, Sendable {
        package var issued: Int
        package var merged: Int
        package var interrupted: Int
        package var unaccounted: Int
    }

    /// What the program says of its own measurement.
    package struct Judged: Decodable, Sendable {
        /// `valid`, `suspect` or `invalid`.
        package var level: String
        package var findings: [Finding]
    }
    package struct Finding: Decodable, Sendable {
        package var rule: String
        package var level: String
    }

    package var run: Run
    package var total: Request
    package var requests: [Request]
    package var custom: Custom
    package var workers: [Worker]
    package var verdict: Judged?

    /// Counts of `[[microseconds, count]]`, in seconds.
    package static func pairs(_ histogram: [[Int]]) -> [(Double, Int)] { histogram.map { (Double($0[0]) / 1e6, $0[1]) } }

    static func seconds(atQuantile q: Double, _ histogram: [[Int]]) -> Double? {
        let count = histogram.reduce(0) { $0 + $1[1] }
        let rank = Swift.max(1, Int((q * Double(count)).rounded(.up)))
        var sum = 0
        for cell in histogram {
            sum += cell[1]
            if sum >= rank { return Double(cell[0]) / 1e6 }
        }
        return nil
    }
}
