import Foundation
import Glibc
import TestServers
import Testing

@testable import SampleWebapp

/// The program as a user starts it: its processes, signals, messages and exit codes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProgramTests {
    @Test func saysWhereItListensAndStopsWhenAsked() async throws {
        let (line, status, end) = try await onOwnThread {
            let program = try RunningProgram(
                "sample-webapp", ["--port", "0", "--latency", "2ms:90,20ms:10", "--failure-rate", "0%", "--threads", "2"])
            var connection = try RawConnection(port: program.port)
            try connection.send(plain("GET", "/"))
            return (program.readyLine, try connection.receive().status, try program.stop())
        }
        #expect(line.hasPrefix("sample-webapp 0.1.0 listening on http://127.0.0.1:"))
        #expect(line.contains("(1 process, 2 threads, latency 2ms:90,20ms:10, pid "))
        #expect(status == 200)
        #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
    }

    @Test(arguments: [1, 2], [SIGTERM, SIGINT])
    func stopsPromptlyWithOpenConnectionsAndWaitingRequests(processes: Int, signal: Int32) async throws {
        let (end, survivors) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "\(processes)", "--latency", "60s"])
            let children = program.children
            var descriptors: [Int32] = []
            for _ in 0..<300 {
                let connection = try RawConnection(port: program.port)
                try connection.send(plain("GET", "/"))
                descriptors.append(dup(connection.descriptorNumber))
            }
            program.signal(signal)
            let end = try program.waitForEnd()
            for descriptor in descriptors { close(descriptor) }
            return (end, children.filter(isAlive))
        }
        #expect(end.exitCode == 0, "\(end)")
        #expect(end.seconds < 5, "\(end)")
        #expect(survivors.isEmpty)
    }

    /// Requests on many connections, spread over the processes, are all in the report of whichever process is asked.
    @Test func countsOverAllItsProcesses() async throws {
        let (reports, busy, line) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "3"])
            for index in 0..<60 {
                var connection = try RawConnection(port: program.port)
                for _ in 0..<5 {
                    try connection.send(form("POST", index % 2 == 0 ? "/login" : "/metrics", "deviceid=\(index)"))
                    _ = try connection.receive()
                }
            }
            var reports: [String] = []
            for _ in 0..<12 {
                var connection = try RawConnection(port: program.port)
                try connection.send(plain("GET", "/counts"))
                reports.append(try connection.receive().body)
            }
            let busy = program.children.count
            _ = try program.stop()
            return (reports, busy, program.readyLine)
        }
        #expect(busy == 3)
        #expect(line.contains("(3 processes, 1 thread each, latency 0, pid "))
        for (index, report) in reports.enumerated() {
            #expect(
                report == """
                    {"total": 300, "routes": {"POST /login": {"200": 150}, "POST /metrics": {"200": 150}}, "processes": 3, \
                    "counts_requests": \(index)}

                    """)
        }
    }

    /// A real client that is not ours: curl with its own connections, form encoding and keep-alive.
    @Test func agreesWithCurlAboutTheNumberOfRequests() async throws {
        let (text, report) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "2"])
            let curl = Process()
            curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let url = "http://127.0.0.1:\(program.port)/metrics?n=[1-40]"
            curl.arguments = [
                "curl", "-sS", "--max-time", "20", "--data-urlencode", "deviceid=a b", "--data-urlencode", "timestamp=19:47", "-Z",
                "--parallel-max", "8", url,
            ]
            let output = Foundation.Pipe()
            curl.standardOutput = output
            try curl.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            curl.waitUntilExit()
            var connection = try RawConnection(port: program.port)
            try connection.send(plain("GET", "/counts"))
            let report = try connection.receive().body
            _ = try program.stop()
            return (text, report)
        }
        #expect(text == String(repeating: "/metrics - device: a b, timestamp: 19:47\n", count: 40))
        #expect(report.hasPrefix("{\"total\": 40, \"routes\": {\"POST /metrics\": {\"200\": 40}}, \"processes\": 2,"))
    }

    @Test(arguments: [1, 2], [1, 2]) func saysThatThePortIsTaken(first: Int, second: Int) async throws {
        let (port, end) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "\(first)"])
            let other = try RunningProgram("sample-webapp", ["--port", "\(program.port)", "--processes", "\(second)"])
            let end = try other.waitForEnd()
            _ = try program.stop()
            return (program.port, end)
        }
        #expect(end.exitCode == 3)
        #expect(end.errors.contains("127.0.0.1 port \(port): the port is taken") && end.errors.contains("--port"))
    }

    @Test func endsWhenOneOfItsProcessesDies() async throws {
        let (victim, end, survivors) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "3"])
            let children = program.children
            kill(children[1], SIGKILL)
            return (children[1], try program.waitForEnd(), children.filter(isAlive))
        }
        #expect(end.exitCode == 4)
        #expect(end.errors.contains("process 2 of 3 (pid \(victim)) was ended by signal 9"), "\(end)")
        #expect(survivors.isEmpty)
    }

    @Test func itsProcessesEndWithItHoweverItEnds() async throws {
        let (count, gone) = try await onOwnThread {
            let program = try RunningProgram("sample-webapp", ["--port", "0", "--processes", "2"])
            let children = program.children
            program.signal(SIGKILL)
            return (children.count, becomesTrue { !children.contains(where: isAlive) })
        }
        #expect(count == 2)
        #expect(gone)
    }

    @Test(arguments: [
        (["--latency", "5"], "no unit"), (["--failure-rate", "0.02"], "2% if it is a fraction"), (["--port", "70000"], "0 to 65535"),
        (["--processes", "0"], "1 to 256"), (["--threads", "0"], "1 to 256"), (["--concurrency", "0"], "from 1"),
        (["--prot", "1"], "--port"),
        (["--inherit", "1:2"], "own processes"),
    ])
    func refusesWrongOptionsInWords(arguments: [String], words: String) async throws {
        let end = try await onOwnThread { try RunningProgram("sample-webapp", arguments).waitForEnd() }
        #expect(end.exitCode == 2)
        #expect(end.errors.contains(words), "\(end)")
    }

    @Test func explainsItself() async throws {
        let end = try await onOwnThread { try RunningProgram("sample-webapp", ["--help"]).waitForEnd() }
        #expect(end.exitCode == 0 && end.errors.isEmpty)
    }
}
