import Foundation
import Glibc
import TestServers
import Testing
import Wire
import ZeroMQ

extension ClusterTests {
    /// Orders to a master while its run goes on: from another terminal, by key, and by who may not give any.
    struct CommandTests {
        private struct WorkersFile: Decodable {
            struct Row: Decodable {
                var name: String
                var state: String
                var users: Int
                var issued: Int
            }
            var format: String
            var workers: [Row]
        }

        @Test func usersFollowOrdersUpAndDown() async throws {
            let (answers, refusal, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m"))
                try fleet.start(workers: 2)
                var answers = [try Self.scale(fleet, ["--users", "60", "--spawn-rate", "200"], to: 60)]
                answers.append(try Self.scale(fleet, ["--users", "6"], to: 6))
                answers.append(try Self.scale(fleet, ["-u", "30", "-r", "12.5"], to: 30))
                answers.append(try Self.scale(fleet, ["--spawn-rate", "100"], to: 30))
                let refusal = try fleet.order(["scale", "--users", "9999999"])
                fleet.master?.signal(SIGINT)
                return (answers, refusal, try fleet.finish())
            }
            #expect(
                answers == [
                    "now going to 60 users at 200 per second (before: 20 at 100)\n",
                    "now going to 6 users at 200 per second (before: 60 at 200)\n",
                    "now going to 30 users at 12.5 per second (before: 6 at 200)\n",
                    "now going to 30 users at 100 per second (before: 30 at 12.5)\n",
                ])
            #expect(refusal.exitCode == 3 && refusal.errors.contains("more than the workers can carry"), "\(refusal)")
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end)")
        }

        /// Gives an order and waits until the target has as many connections as there are to be users, each of which keeps one.
        private static func scale(_ fleet: Fleet, _ flags: [String], to users: Int) throws -> String {
            let answer = try fleet.order(["scale"] + flags)
            if answer.exitCode != 0 { throw RawConnectionError(what: "\(answer)") }
            guard becomesTrue({ Self.connections(to: fleet.webapp.program.port) == users }) else {
                throw RawConnectionError(what: "\(Self.connections(to: fleet.webapp.program.port)) connections instead of \(users)")
            }
            return answer.output
        }

        /// Established connections to a loopback port.
        private static func connections(to port: Int) -> Int {
            // By hand: Foundation takes the first page for the whole.
            let descriptor = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
            while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
            let table = String(decoding: bytes, as: UTF8.self)
            let digits = String(port, radix: 16, uppercase: true)
            let end = ":" + String(repeating: "0", count: 4 - digits.count) + digits
            return table.split(separator: "\n").count { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[1].hasSuffix(end) && fields[3] == "01"
            }
        }

        /// Users of each worker, as the master knows them.
        private static func users(_ fleet: Fleet) throws -> [Int] {
            let answer = try fleet.order(["workers", "--json"])
            return try JSONDecoder().decode(WorkersFile.self, from: Data(answer.output.utf8)).workers.map(\.users)
        }

        @Test func workersAreShown() async throws {
            let (table, json, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m"))
                try fleet.start(workers: 2)
                sleep(2)
                let (table, json) = (try fleet.order(["workers"]), try fleet.order(["workers", "--json"]))
                fleet.master?.signal(SIGINT)
                return (table, json, try fleet.finish())
            }
            let lines = table.output.split(separator: "\n").map(String.init)
            #expect(table.exitCode == 0 && lines.count == 4 && lines[0].hasPrefix("Workers"), "\(table)")
            #expect(
                lines.dropFirst(2).map { $0.split(separator: " ").prefix(3).joined(separator: " ") }.sorted() == [
                    "a running 10", "b running 10",
                ])
            let file = try JSONDecoder().decode(WorkersFile.self, from: Data(json.output.utf8))
            #expect(json.exitCode == 0 && file.format == "cicada-workers" && file.workers.map(\.name).sorted() == ["a", "b"])
            #expect(file.workers.allSatisfy { $0.state == "running" && $0.users == 10 && $0.issued > 50 }, "\(json.output)")
            #expect(end.isComplete, "\(end)")
        }

        /// `script` of util-linux gives the master a terminal; what is written into the pipe is pressed there.
        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
        func keysChangeTheUsers() async throws {
            let (missing, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m"))
                let pipe = "\(fleet.folder.path)/keys"
                if mkfifo(pipe, 0o600) != 0 { throw RawConnectionError(what: "mkfifo: \(errno)") }
                // Open at both ends, so that neither waits for the other.
                let keys = open(pipe, O_RDWR | O_CLOEXEC)
                defer { close(keys) }
                let master = try fleet.startMaster(
                    environment: ["COLUMNS": "100", "TERM": "xterm"],
                    shell: "run() { exec /usr/bin/script -qfec \"$*\" /dev/null < \(pipe); }; run")
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                let steps = [
                    ("w", "now going to 21 users (before: 20)"), ("W", "now going to 31 users (before: 21)"),
                    ("s", "now going to 30 users (before: 31)"), ("S", "now going to 20 users (before: 30)"),
                    ("ww", "now going to 22 users (before: 20)"), ("x", ""),
                    ("t", "lag: worst delay of an engine loop in the last interval"),
                ]
                var missing: [String] = []
                for (key, answer) in steps {
                    _ = write(keys, key, key.utf8.count)
                    if !answer.isEmpty, !master.writes(answer) { missing.append(key) }
                }
                // Ctrl-C.
                _ = write(keys, "\u{3}", 1)
                return (missing, try fleet.finish())
            }
            #expect(missing.isEmpty, "\(missing): \(end.master.output)")
            #expect(end.master.exitCode == 130 && end.isComplete, "\(end) \(end.master.output)")
        }

        @Test(arguments: [
            (["scale"], "--users, --spawn-rate, or both"), (["scale", "--users", "0"], "--users"),
            (["scale", "--users", "many"], "--users"),
            (["scale", "--spawn-rate", "-1"], "--spawn-rate"), (["scale", "--user", "1"], "--user"),
            (["workers", "--master-port", "0"], "--master-port"), (["workers", "now"], "now"), (["token", "old"], "old"),
            (["worker", "--master-port", "x"], "--master-port"), (["worker", "--threads", "0"], "--threads"),
            (["worker", "--source-address", "127.0.0.1,127.0.0.1"], "each once"), (["worker", "--source-address", "127.0.0.1,x"], "'x'"),
            (["worker", "--master-host", "192.0.2.1"], "no join token"), (["worker", "--join-token", "cicada-join-x"], "join token"),
            (["worker", "--name", "a\nb"], "--name"), (["master"], "script"), (["master", "/nowhere.lua"], "nowhere.lua"),
            (["workers"], "no key of a master"),
        ]) func wrongUsageIsTold(arguments: [String], words: String) async throws {
            let end = try await onOwnThread {
                let folder = try TestFolder()
                return try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"), arguments, environment: ["CICADA_HOME": "\(folder.path)/keys"]
                ).waitForEnd()
            }
            #expect(end.exitCode == 2 && end.output.isEmpty && end.errors.contains(words), "\(end)")
        }

        @Test(arguments: [["scale", "--users", "1"], ["workers"]]) func withoutAMasterThereIsNoAnswer(arguments: [String]) async throws {
            let (end, port) = try await onOwnThread {
                let fleet = try Fleet()
                return (try fleet.order(arguments), fleet.port)
            }
            #expect(end.exitCode == 6 && end.errors == "cicada: nobody answers at 127.0.0.1:\(port)\n" && end.seconds < 7, "\(end)")
        }

        /// Who has only the join token gives no orders: not with the program, nor with words of its own.
        @Test func theJoinTokenGivesNoOrders() async throws {
            let (ends, users, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m"))
                try fleet.start(workers: 2)
                guard becomesTrue({ (try? Self.users(fleet)) == [10, 10] }) else { throw RawConnectionError(what: "no users") }
                let token = fleet.keys["CICADA_JOIN_TOKEN"] ?? ""
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let environments = [
                    ["CICADA_JOIN_TOKEN": token], ["CICADA_MASTER_KEY": token], ["CICADA_MASTER_KEY": MasterKey.new().text],
                ]
                let ends = try environments.map { environment in
                    try RunningProgram(
                        path: path, ["scale", "--users", "500", "--master-port", "\(fleet.port)"],
                        environment: environment.merging(["CICADA_HOME": "\(fleet.folder.path)/nobody"]) { $1 }
                    ).waitForEnd()
                }
                let context = try MessageContext()
                let socket = try WorkerSocket(
                    context, host: "127.0.0.1", port: fleet.port, security: .curve(try JoinToken(text: token)),
                    limits: LinkLimits(greatestMessage: 1 << 20), linger: .seconds(1))
                let order = OperatorMessage.scale(users: 500, ratePerSecond: 500).encoded(nodeID: "operator")
                guard becomesTrue({ socket.send(order) }), fleet.master?.writes("a message cannot be read") == true else {
                    throw RawConnectionError(what: "not heard: \(fleet.master?.errors ?? "")")
                }
                let users = try Self.users(fleet)
                fleet.master?.signal(SIGINT)
                return (ends, users, try fleet.finish())
            }
            #expect(ends.map(\.exitCode) == [2, 2, 3], "\(ends)")
            #expect(ends[0].errors.contains("no key of a master") && ends[1].errors.contains("master key"), "\(ends)")
            #expect(users == [10, 10] && end.isComplete && end.master.errors.contains("1 message that could not be read"), "\(end)")
        }
    }
}
