/// The counted requests as `GET /counts` shows them.
package struct CountsReport: Sendable, Equatable {
    /// The answers to one route.
    package struct Row: Sendable, Equatable {
        /// The route's name, as `POST /login`.
        package let name: String
        /// How many answers there were of each status that occurred, in the order of the status codes.
        package let statuses: [(status: AnswerStatus, count: UInt64)]

        /// Whether both rows say the same.
        package static func == (left: Row, right: Row) -> Bool {
            left.name == right.name && left.statuses.elementsEqual(right.statuses) { $0.status == $1.status && $0.count == $1.count }
        }
    }

    /// All answers but those to `/counts` itself.
    package let total: UInt64
    /// The routes that were asked for, without `/counts`.
    package let rows: [Row]
    /// Answers to `/counts` itself, whatever their status.
    package let countsRequests: UInt64
    /// The number of processes whose counts are added up here.
    package let processes: Int

    /// - Parameters:
    ///   - processes: how many processes the counts come from.
    ///   - count: the count of a route and status.
    package init(processes: Int, count: (Route, AnswerStatus) -> UInt64) {
        var total: UInt64 = 0
        var countsRequests: UInt64 = 0
        var rows: [Row] = []
        for index in 0..<Route.count {
            let route = Route(index: index)
            let statuses = AnswerStatus.allCases.map { (status: $0, count: count(route, $0)) }.filter { $0.count > 0 }
            let sum = statuses.reduce(0) { $0 + $1.count }
            if sum == 0 { continue }
            if route.path == .counts {
                countsRequests += sum
            } else {
                total += sum
                rows.append(Row(name: route.name, statuses: statuses))
            }
        }
        self.total = total
        self.rows = rows
        self.countsRequests = countsRequests
        self.processes = processes
    }

    /// The report as one line of JSON with a newline at the end:
    /// `{"total": 2, "routes": {"POST /login": {"200": 2}}, "processes": 1, "counts_requests": 0}`.
    ///
    /// No name in it needs escaping, because the set of routes is closed.
    package var json: String {
        let routes = rows.map { row in
            let statuses = row.statuses.map { "\"\($0.status.code)\": \($0.count)" }
            return "\"\(row.name)\": {\(statuses.joined(separator: ", "))}"
        }
        return """
            {"total": \(total), "routes": {\(routes.joined(separator: ", "))}, "processes": \(processes), "counts_requests": \(countsRequests)}

            """
    }
}
