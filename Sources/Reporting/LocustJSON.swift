import LoadModel
import Statistics

/// A run in the JSON of Locust's web server: its paths, members and types, so that exporters and scripts work on. Numbers are never NaN, and what is
/// called current is of the last 10 s before now, not before the last request.
package enum LocustJSON {
    /// So many requests and errors are listed, as by Locust; the total is of all.
    package static let mostRows = 500

    /// `GET /stats/requests`.
    package static func requests(_ view: LocustView) -> String {
        let (total, now, window) = (view.digest.total, view.digest.recent, max(1, view.digest.recent.span))
        let current = (requests: Double(now.requests) / Double(window), failures: Double(now.failures) / Double(window))
        var json = JSONWriter()
        json.object { json in
            json.member("current_fail_per_sec", current.failures)
            json.object("current_response_time_percentiles") { json in
                let times = now.measurableNanoseconds(atPercentiles: [50, 95])
                for (name, time) in zip(["0.5", "0.95"], times) {
                    json.member("response_time_percentile_\(name)", time.map { Double($0) / 1e6 })
                }
            }
            json.member("current_rps", current.requests)
            json.array("errors") { json in
                for failure in view.digest.failures.prefix(mostRows) { error(failure, view.info, in: &json) }
            }
            json.member("fail_ratio", total.requests == 0 ? 0 : Double(total.failures) / Double(total.requests))
            json.member("state", view.state.rawValue)
            json.array("stats") { json in
                for request in view.digest.requests.prefix(mostRows) {
                    row(request, current: request.key.map(view.recent.perSecond) ?? (0, 0), view.info, in: &json)
                }
                row(total, current: current, view.info, in: &json)
            }
            json.member("total_fail_per_sec", view.info.perSecond(total.failures))
            json.member("total_rps", view.info.perSecond(total.requests))
            json.member("user_count", Int64(view.users))
            json.member("worker_count", Int64(view.workerCount))
            json.array("workers") { json in
                for worker in view.workers {
                    guard let state = LocustView.locustState(of: worker) else { continue }
                    json.object { json in
                        json.member("cpu_usage", worker.cpuPercent)
                        json.member("id", worker.name)
                        json.member("memory_usage", worker.memoryBytes)
                        json.member("state", state)
                        json.member("user_count", Int64(worker.users))
                    }
                }
            }
        }
        return json.text + "\n"
    }

    /// `GET /exceptions`.
    package static func exceptions(_ digest: RunDigest) -> String {
        var json = JSONWriter()
        json.object { json in
            json.array("exceptions") { json in
                for exception in digest.exceptions {
                    json.object { json in
                        json.member("count", exception.total.count)
                        json.member("msg", exception.total.example.message)
                        json.member("nodes", exception.workers.joined(separator: ", "))
                        json.member("traceback", ExceptionText.trace(exception.total))
                    }
                }
            }
        }
        return json.text + "\n"
    }

    /// `GET /tasks`: the share of each class among the users that are there, and of each task within its class and among all users.
    package static func tasks(_ view: LocustView) -> String {
        let all = Double(max(1, view.usersByClass.reduce(0, +)))
        var json = JSONWriter()
        json.object { json in
            for (name, isOfAll) in [("per_class", false), ("total", true)] {
                json.object(name) { json in
                    for (index, userClass) in view.classes.enumerated() {
                        let share = index < view.usersByClass.count ? Double(view.usersByClass[index]) / all : 0
                        json.object(userClass.name) { json in
                            json.member("ratio", share)
                            shares(of: userClass.order, userClass, share: share, isOfAll: isOfAll, in: &json)
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }

    /// `GET /logs`.
    package static func logs(_ view: LocustView) -> String {
        var json = JSONWriter()
        json.object { json in
            json.array("master") { json in for line in view.log { json.element(line) } }
            json.object("workers") { json in
                for (worker, lines) in view.workerLogs.sorted(by: { $0.key < $1.key }) {
                    json.array(worker) { json in for line in lines { json.element(line) } }
                }
            }
        }
        return json.text + "\n"
    }

    /// `GET /worker-count`.
    package static func workerCount(_ view: LocustView) -> String {
        var json = JSONWriter()
        json.object { $0.member("worker_count", Int64(view.workerCount)) }
        return json.text + "\n"
    }

    // MARK: - Parts

    private static func row(
        _ request: RequestDigest, current: (requests: Double, failures: Double), _ info: RunInfo, in json: inout JSONWriter
    ) {
        let hasTimes = request.maxNanoseconds != nil
        /// Locust has 0 where there is no request; what cannot be told of those that there are is null.
        func milliseconds(_ nanoseconds: Int64?) -> Double? { hasTimes ? nanoseconds.map { Double($0) / 1e6 } : 0 }
        func percentile(_ percentile: Double) -> Double? {
            milliseconds(Percentile.printed.firstIndex(of: percentile).flatMap { request.percentiles[$0] })
        }
        json.object { json in
            json.member("avg_content_length", request.averageBytes ?? 0)
            json.member("avg_response_time", (request.averageNanoseconds ?? 0) / 1e6)
            json.member("current_fail_per_sec", current.failures)
            json.member("current_rps", current.requests)
            json.member("max_response_time", milliseconds(request.maxNanoseconds))
            json.member("median_response_time", milliseconds(request.medianNanoseconds))
            json.member("method", request.method)
            json.member("min_response_time", milliseconds(request.minNanoseconds))
            json.member("name", request.name)
            json.member("num_failures", request.failures)
            json.member("num_requests", request.requests)
            json.member("response_time_percentile_0.95", percentile(95))
            json.member("response_time_percentile_0.99", percentile(99))
            json.member("total_fail_per_sec", info.perSecond(request.failures))
            json.member("total_rps", info.perSecond(request.requests))
        }
    }

    private static func error(_ failure: FailureStatistics, _ info: RunInfo, in json: inout JSONWriter) {
        json.object { json in
            json.member("error", failure.key.reason)
            json.member("first_seen", Double(info.unixSeconds(ofSecond: failure.seen.lowerBound)))
            json.member("last_seen", Double(info.unixSeconds(ofSecond: failure.seen.upperBound)))
            json.member("method", failure.key.request.typeText)
            json.member("name", failure.key.request.name)
            json.member("occurrences", failure.count)
        }
    }

    /// The members of one group, whose own share is `share`; what has the same name counts together. `isOfAll`: shares of all users' tasks, otherwise
    /// those among the items of the group.
    private static func shares(
        of group: TaskGroup, _ userClass: UserClass, share: Double, isOfAll: Bool, in json: inout JSONWriter
    ) {
        let share = isOfAll ? share : 1
        func weight(_ item: TaskItem) -> Double {
            if group.order == .sequential { return 1 }
            switch item {
            case .task(let index): return userClass.tasks[index].weight
            case .group(let group): return group.weight
            }
        }
        let sum = group.items.reduce(0) { $0 + weight($1) }
        var names: [String] = []
        var shares: [String: (share: Double, group: TaskGroup?)] = [:]
        for item in group.items {
            let part = share * weight(item) / sum
            let (name, inner): (String, TaskGroup?) =
                switch item {
                case .task(let index): (userClass.tasks[index].name, nil)
                case .group(let group): (group.name.isEmpty ? "group" : group.name, group)
                }
            if shares[name] == nil { names.append(name) }
            shares[name] = ((shares[name]?.share ?? 0) + part, shares[name]?.group ?? inner)
        }
        json.object("tasks") { json in
            for name in names {
                guard let entry = shares[name] else { continue }
                json.object(name) { json in
                    json.member("ratio", entry.share)
                    if let inner = entry.group { Self.shares(of: inner, userClass, share: entry.share, isOfAll: isOfAll, in: &json) }
                }
            }
        }
    }
}
