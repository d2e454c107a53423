import EventLoop
import Foundation
import TestServers
import Testing

@testable import ZeroMQ

extension SocketTests {
    struct TeardownTests {
        /// Teardown with CURVE has aborted whole processes (libzmq#4241).
        @Test func aThousandStartsAndStopsLeaveNothingBehind() async throws {
            let (seconds, leaked) = try await onOwnThread {
                let key = MasterKey.new()
                let start = MonotonicClock.nanoseconds()
                let before = try Self.openDescriptors()
                for round in 0..<1000 {
                    let master = try TestMaster(key: key)
                    let worker = try TestWorker(.curve(key.joinToken), port: master.socket.port)
                    switch round % 4 {
                    case 0: break
                    case 1: try pump(master, [worker], until: "connected") { worker.isConnected }
                    case 2: try pump(master, [worker], until: "received") { worker.socket.send([1]) && !master.inbox.isEmpty }
                    default:
                        // In the middle of a handshake, with a question of the authenticator's unanswered.
                        waitForInput(Array(master.socket.descriptors.dropFirst(2)), milliseconds: 20)
                    }
                }
                return (Double(MonotonicClock.nanoseconds() - start) / 1e9, try Self.openDescriptors() - before)
            }
            #expect(seconds < 60, "\(seconds) s")
            // Other suites open and close some at the same time.
            #expect(leaked < 500, "\(leaked) descriptors")
        }

        @Test func contextsOfOtherThreadsComeAndGoWhileAWorkerTalks() async throws {
            let exchanges = try await onOwnThread {
                let master = try TestMaster()
                let worker = try TestWorker(of: master)
                let key = MasterKey.new()
                let others = try (0..<2).map { number in
                    try OSThread(name: "other \(number)") {
                        for _ in 0..<50 {
                            guard let other = try? TestMaster(key: key) else { return }
                            guard let member = try? TestWorker(.curve(key.joinToken), port: other.socket.port) else { return }
                            try? pump(other, [member], until: "connected") { member.isConnected }
                            _ = MasterKey.new()
                        }
                    }
                }
                for _ in 0..<100 {
                    try pump(master, [worker], until: "received") { worker.socket.send([1]) && !master.inbox.isEmpty }
                    master.inbox = []
                }
                for other in others { other.join() }
                return 100
            }
            #expect(exchanges == 100)
        }

        private static func openDescriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
    }
}
