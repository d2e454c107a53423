import Statistics
import Testing

@testable import Reporting

struct WorkerTableTests {
    private static let rows = [
        WorkerRow(
            name: "web-1_3f2a", host: "web-1", state: "running", users: 250, usersDealt: 250, capacity: 19_917, requestsPerSecond: 251.25,
            cpuPercent: 12.34, memoryBytes: 37_600_000, lagNanoseconds: 412_000, deltaAgeNanoseconds: 383_000_000,
            silenceNanoseconds: 120_000_000, issued: 12_034, merged: 11_900, interrupted: 0),
        WorkerRow(
            name: "web-2_a-very-long-name-of-a-pod-6f9c7d5b8-xk2lp", host: "web-2", state: "spawning", users: 40, usersDealt: 250,
            capacity: 999, requestsPerSecond: 40, cpuPercent: 199.6, memoryBytes: 1_270_000_000, lagNanoseconds: 18_400_000,
            deltaAgeNanoseconds: nil, silenceNanoseconds: 20_000_000, issued: 17, merged: 0, interrupted: 0),
        WorkerRow(
            name: "web-3_77b1", host: "web-3", state: "lost", users: 0, usersDealt: 0, capacity: 19_917, requestsPerSecond: 0,
            cpuPercent: 11,
            memoryBytes: 37_500_000, lagNanoseconds: 0, deltaAgeNanoseconds: 23_000_000_000, silenceNanoseconds: 22_900_000_000,
            issued: 5_020,
            merged: 4_900, interrupted: 20),
    ]

    @Test(arguments: [80, 120]) func theTableIsGolden(width: Int) throws {
        try expectGolden("workers-\(width).txt", WorkerTable(Self.rows, width: width, isColored: false).text)
        try expectGolden("workers-final-\(width).txt", WorkerTable(Self.rows, width: width, isColored: false, isFinal: true).text)
    }

    /// Rows of a run on Kubernetes, the second of which another pod has replaced.
    private static var podRows: [WorkerRow] {
        var rows = rows
        for index in rows.indices {
            rows[index].name = "worker-\(index)"
            rows[index].machine.node = "node-\(index % 2)"
            rows[index].machine.pod = "cicada-worker-\(index)-x2b8q"
            rows[index].machine.index = index
            (rows[index].machine.cores, rows[index].machine.quotaCores) = (4, 1.5)
            (rows[index].machine.freeMemoryBytes, rows[index].machine.memoryLimitBytes) = (400 << 20, 512 << 20)
            (rows[index].machine.descriptors, rows[index].machine.ports) = (1_048_576, 28_232)
        }
        rows[2].state = "replaced"
        rows[0].machine.node = nil
        return rows
    }

    @Test(arguments: [80, 120]) func nodesAreShownWhereTheyAreKnown(width: Int) throws {
        try expectGolden("workers-nodes-\(width).txt", WorkerTable(Self.podRows, width: width, isColored: false, isFinal: true).text)
        #expect(WorkerTable(Self.podRows, width: 120, isColored: true).text.contains("\u{1B}[31mreplaced"))
    }

    @Test func jsonOfPodsIsGolden() throws { try expectGolden("workers-pods.json", WorkerJSON.text(Self.podRows)) }

    @Test func jsonIsGolden() throws { try expectGolden("workers.json", WorkerJSON.text(Self.rows)) }

    @Test func withoutWorkersThereIsASentence() {
        #expect(WorkerTable([], width: 80, isColored: true).text == "No worker has joined yet.\n")
    }

    @Test func whatWasLostStandsOut() {
        let text = WorkerTable(Self.rows, width: 120, isColored: true).text
        #expect(text.contains("\u{1B}[31mlost") && !text.contains("\u{1B}[31mrunning"))
    }

    /// Requests of a worker that died, and of a master that is gone, are told.
    @Test func theReportSaysWhatIsMissing() {
        var (result, info) = (RunResult(), SampleRun.info)
        result.noteIssued(120, byWorker: "a")
        result.noteIssued(7, byWorker: "b")
        result.noteUnheard(45, byWorker: "a")
        info.earlierLosses = ["b": 3000]
        info.workers = Self.rows
        let text = ConsoleReport(result, info, width: 200, isColored: false).text
        #expect(text.contains("Requests: 127 issued = 0 merged + 0 interrupted + 127 unaccounted. Up to 45 more may have been sent"))
        #expect(text.contains("Of these, a: 120 issued") && text.contains("Of these, b: 7 issued"))
        #expect(text.contains("Not in this result: 3,000 requests that b sent for an earlier master"))
        #expect(text.contains("web-3_77b1"))
    }
}
