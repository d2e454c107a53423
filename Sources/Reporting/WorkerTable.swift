import Statistics

/// The table of workers: who they are, what they do, and how they bear it. Pure.
package struct WorkerTable {
    private let rows: [WorkerRow]
    private let width: Int
    private let isColored: Bool
    private let isFinal: Bool
    private let areOfLocust: Bool

    /// `rows` in the order of printing; `width` in columns; `isFinal`: the rows are of a whole run, not of a moment; `areOfLocust`: the workers tell neither
    /// room nor lag, and no request before it has ended.
    package init(_ rows: [WorkerRow], width: Int, isColored: Bool, isFinal: Bool = false, areOfLocust: Bool = false) {
        self.rows = rows
        self.isFinal = isFinal
        self.areOfLocust = areOfLocust
        self.width = width
        self.isColored = isColored
    }

    /// The table with its heading, ended by a line feed; a sentence when there is no worker.
    package var text: String {
        if rows.isEmpty { return "No worker has joined yet.\n" }
        var columns: [TextTable.Column] = [
            .init("Worker", isNumber: false, isElastic: true)
        ]
        if hasNodes { columns.append(.init("Node", isNumber: false, dispensable: 5)) }
        columns += [.init("State", isNumber: false), .init("Users")]
        if !areOfLocust { columns.append(.init("Room", dispensable: 3)) }
        columns += [.init("Req/s"), .init("CPU"), .init("Memory", short: "Mem")]
        if !areOfLocust { columns.append(.init("Lag", dispensable: 2)) }
        if !isFinal { columns.append(.init("Delta age", short: "Delta", dispensable: 1)) }
        columns.append(.init(areOfLocust ? "Reported" : "Issued", dispensable: 4))
        var table = TextTable(columns: columns)
        for row in rows { table.add(cells(row)) }
        let explanation =
            areOfLocust
            ? "users, CPU and memory at their greatest"
            : isFinal
                ? "users, CPU, memory and lag (worst delay of an engine loop) at their greatest"
                : "lag: worst delay of an engine loop in the last interval"
        return TextTable.heading("Workers", explanation, width: width, isColored: isColored)
            + table.rendered(width: width, isColored: isColored)
    }

    /// Whether any worker was told its Kubernetes node.
    private var hasNodes: Bool { rows.contains { $0.machine.node != nil } }

    private func cells(_ row: WorkerRow) -> [TextTable.Cell] {
        let isGone = ["lost", "replaced", "failed"].contains(row.state)
        let style: TextStyle = isGone ? .bad : row.state == "silent" ? .warning : .plain
        let users = row.users == row.usersDealt ? NumberText.grouped(Int64(row.users)) : "\(row.users)/\(row.usersDealt)"
        var cells: [TextTable.Cell] = [.init(row.name)]
        if hasNodes { cells.append(.init(row.machine.node ?? "-")) }
        cells += [.init(row.state, style), .init(users)]
        if !areOfLocust { cells.append(.init(NumberText.grouped(Int64(row.capacity)))) }
        cells += [
            .init(NumberText.significant(row.requestsPerSecond)), .init("\(NumberText.significant(row.cpuPercent, 2)) %"),
            .init(NumberText.bytes(Double(row.memoryBytes))),
        ]
        if !areOfLocust { cells.append(.init(NumberText.time(nanoseconds: Double(row.lagNanoseconds)))) }
        if !isFinal { cells.append(.init(row.deltaAgeNanoseconds.map { NumberText.time(nanoseconds: Double($0)) } ?? "-")) }
        return cells + [.init(NumberText.grouped(row.issued))]
    }
}

/// The same as JSON: an array of objects, for `cicada workers --json`, and a part of `--json FILE`. The unit of each figure stands in its key.
package enum WorkerJSON {
    /// The document, ended by a line feed.
    package static func text(_ rows: [WorkerRow]) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("format", "cicada-workers")
            json.member("format_version", Int64(1))
            json.array("workers") { json in for row in rows { json.object { write(row, to: &$0) } } }
        }
        return json.text + "\n"
    }

    private static func write(_ row: WorkerRow, to json: inout JSONWriter) {
        json.member("name", row.name)
        writeFigures(row, to: &json)
        json.member("issued", row.issued)
        json.member("merged", row.merged)
        json.member("interrupted", row.interrupted)
    }

    /// What tells how a worker was at its last word.
    static func writeFigures(_ row: WorkerRow, areOfLocust: Bool = false, to json: inout JSONWriter) {
        json.member("host", row.host)
        json.member("node", row.machine.node)
        json.member("pod", row.machine.pod)
        json.member("index", row.machine.index.map(Int64.init))
        if areOfLocust || row.machine.cores == 0 {
            json.member("limits", nil as String?)
        } else {
            json.object("limits") { write(row.machine, to: &$0) }
        }
        json.member("state", row.state)
        json.member("users", Int64(row.users))
        json.member("users_dealt", Int64(row.usersDealt))
        json.member("capacity_users", areOfLocust ? nil : Int64(row.capacity))
        json.member("requests_per_s", row.requestsPerSecond)
        json.member("cpu_percent", row.cpuPercent)
        json.member("memory_bytes", row.memoryBytes)
        json.member("lag_ms", areOfLocust ? nil : Double(row.lagNanoseconds) / 1e6)
        json.member("delta_age_ms", row.deltaAgeNanoseconds.map { Double($0) / 1e6 })
        json.member("silence_ms", Double(row.silenceNanoseconds) / 1e6)
    }

    private static func write(_ machine: WorkerMachine, to json: inout JSONWriter) {
        json.member("cores", Int64(machine.cores))
        json.member("quota_cores", machine.quotaCores)
        json.member("free_memory_bytes", machine.freeMemoryBytes)
        json.member("memory_limit_bytes", machine.memoryLimitBytes)
        json.member("descriptors", Int64(machine.descriptors))
        json.member("ports", machine.ports.map(Int64.init))
    }
}
