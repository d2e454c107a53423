import Foundation
import TestServers
import Testing

extension LocustTests {
    /// A Cicada worker and a Locust master that does what a real one does only in bad hours: a few lines of Python on Locust's own libraries.
    struct LocustMessageTests {
        /// What every such master can do. `take`: takes what comes for so long, answers heartbeats.
        private static let master = #"""
            import sys, time
            import msgpack, zmq

            port, host = int(sys.argv[1]), sys.argv[2]
            socket = zmq.Context().socket(zmq.ROUTER)
            socket.bind(f"tcp://127.0.0.1:{port}")
            seen = []

            def say(kind, data=None, node=None):
                socket.send_multipart([peer, msgpack.dumps([kind, data, node or peer.decode()])])

            def spawn(timestamp, users, **more):
                order = {"timestamp": timestamp, "user_classes_count": users, "host": host, "stop_timeout": 0.0, "parsed_options": {}}
                say("spawn", order | more)

            def take_one(seconds, answers):
                global peer
                if not socket.poll(max(0, seconds) * 1000):
                    return None
                sender, payload = socket.recv_multipart()
                kind, data, node = msgpack.loads(payload, raw=False, strict_map_key=False)
                assert node == sender.decode(), node
                if kind == "client_ready":
                    peer = sender
                assert sender == peer
                if kind == "heartbeat" and answers:
                    say("heartbeat")
                seen.append((kind, data))
                return kind, data

            def take(seconds, answers=True):
                begun, end = len(seen), time.time() + seconds
                while time.time() < end:
                    take_one(end - time.time(), answers)
                return seen[begun:]

            def until(kind, seconds=10, answers=True):
                end = time.time() + seconds
                while time.time() < end:
                    message = take_one(end - time.time(), answers)
                    if message and message[0] == kind:
                        return message[1]
                raise AssertionError(f"no {kind} in {seconds} s: {[kind for kind, _ in seen]}")

            def requests():
                return sum(data["stats_total"]["num_requests"] for kind, data in seen if kind == "stats")

            def leave():
                say("quit")
                until("quit")
                print("requests", requests())

            assert until("client_ready") == -1
            """#

        /// Runs a Python master of these lines with a worker; answers with both ends and the server's count.
        private static func run(
            _ lines: String, environment: [String: String] = [:]
        ) async throws -> (master: RunningProgram.End, worker: RunningProgram.End, counted: Int) {
            try await onOwnThread {
                let fleet = try LocustFleet()
                let master = try RunningProgram(
                    path: LocustProgram.python(), ["-c", Self.master + "\n" + lines, "\(fleet.port)", fleet.webapp.url])
                let worker = try fleet.startWorker(environment: environment)
                let end = try master.waitForEnd(atMost: 60)
                if end.exitCode != 0 { worker.signal(SIGTERM) }
                return (end, try worker.waitForEnd(atMost: 15), try fleet.webapp.count())
            }
        }

        @Test func reconnectKeepsTheIdAndTheUsers() async throws {
            let end = try await Self.run(
                #"""
                say("ack", {"index": 0})
                spawn(1.0, {"Alpha": 2})
                until("spawning")
                assert until("spawning_complete") == {"user_classes_count": {"Alpha": 2, "Beta": 0}, "user_count": 2}
                say("reconnect")
                kinds = [kind for kind, _ in take(6)]
                assert "client_ready" not in kinds and kinds.count("heartbeat") >= 4 and kinds.count("stats") >= 1, kinds
                reports = [data for kind, data in seen if kind == "stats"]
                assert reports[-1]["user_count"] == 2 and reports[-1]["stats_total"]["num_requests"] > 20, reports[-1]
                leave()
                """#)
            #expect(end.master.exitCode == 0 && end.worker.exitCode == 0, "\(end)")
            #expect(end.master.output == "requests \(end.counted)\n" && end.counted > 100, "\(end)")
        }

        /// Damage, strangers' words, old orders and doubled ones: one line of words, and the right users.
        @Test func damagedAndOldMessagesChangeNothing() async throws {
            let end = try await Self.run(
                #"""
                whole = msgpack.dumps(["spawn", {"timestamp": 9e9, "user_classes_count": {"Alpha": 500}, "host": None, "stop_timeout": None,
                                       "parsed_options": {}}, peer.decode()])
                damaged = [b"", b"\xc1", b"\x80", b"\xc0", whole[:-1], whole[:20], whole + b"\xc0", whole.replace(b"Alpha", b"Al\xffha"),
                           msgpack.dumps(["spawn", None, peer.decode()]), msgpack.dumps(["spawn", {}, peer.decode()]), msgpack.dumps([1, 2]),
                           b"\xdd\xff\xff\xff\xff", b"\x81" * 1000, msgpack.dumps(["spawn", {"timestamp": "x"}, peer.decode()])]
                def damage():
                    for payload in damaged:
                        socket.send_multipart([peer, payload])
                    socket.send_multipart([peer, msgpack.dumps(["ack", {"index": 3}, peer.decode()]), b"more"])
                    say("spawn", {"timestamp": 9e9, "user_classes_count": {"Alpha": 500}, "host": None, "stop_timeout": None, "parsed_options": {}},
                        node="another_worker")
                    say("my_own_message", {"anything": [1, 2, {3: None}]})
                damage()
                say("ack", {"index": 0})
                damage()
                spawn(5.0, {"Alpha": 2, "Beta": 1})
                until("spawning")
                assert until("spawning_complete")["user_count"] == 3
                damage()
                say("ack", {"index": 0})
                say("ack", None)
                # As old, older, and the same once more.
                for timestamp in [5.0, 3.0, 5.0]:
                    spawn(timestamp, {"Alpha": 50})
                    until("spawning")
                assert not [kind for kind, _ in take(1.5) if kind == "spawning_complete"]
                # Equal counts are an order like others.
                spawn(6.0, {"Alpha": 2, "Beta": 1})
                assert until("spawning_complete")["user_count"] == 3
                states = [data["state"] for kind, data in take(2) if kind == "heartbeat"]
                assert states == ["running"] * len(states) and states, states
                leave()
                """#)
            #expect(end.master.exitCode == 0 && end.worker.exitCode == 0, "\(end)")
            #expect(end.master.output == "requests \(end.counted)\n" && end.counted > 50, "\(end)")
            #expect(end.worker.errors.components(separatedBy: "cannot be read and is dropped").count == 2, "\(end.worker.errors)")
            #expect(end.worker.errors.components(separatedBy: "my_own_message").count == 2, "\(end.worker.errors)")
        }

        /// A master that is there and says nothing is no master: users end, and the worker says so and leaves.
        @Test func aSilentMasterIsGivenUp() async throws {
            let end = try await Self.run(
                #"""
                say("ack", {"index": 0})
                spawn(1.0, {"Alpha": 2})
                until("spawning_complete")
                take(6, answers=False)
                """#, environment: ["CICADA_TEST_GIVE_UP": "3"])
            #expect(end.master.exitCode == 0 && end.worker.exitCode == 6, "\(end)")
            #expect(
                end.worker.errors.contains("no word from a Locust master at 127.0.0.1:") && end.worker.errors.contains("for 3 s"), "\(end)")
            #expect(end.worker.errors.contains("requests could not be reported"), "\(end)")
        }

        /// Requests that take long: what has ended by the master's `quit` is reported within the half second that it waits.
        @Test func lastFiguresComeInTime() async throws {
            let end = try await Self.run(
                #"""
                say("ack", {"index": 0})
                spawn(1.0, {"Alpha": 20})
                until("spawning_complete")
                take(1.7)
                began = time.time()
                say("quit")
                until("quit")
                assert time.time() - began < 0.5, time.time() - began
                print("requests", requests())
                """#)
            #expect(end.master.exitCode == 0 && end.worker.exitCode == 0, "\(end)")
            #expect(end.master.output == "requests \(end.counted)\n" && end.counted > 50, "\(end)")
        }
    }
}
