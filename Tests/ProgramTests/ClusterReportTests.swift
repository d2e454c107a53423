import Foundation
import Glibc
import TestServers
import Testing

extension ClusterFaultTests {
    /// What a master keeps with `--state`: told again by `cicada report`, and good for going on whatever it was killed in.
    struct ReportTests {
        private struct PartFile: Decodable {
            struct Run: Decodable {
                struct Part: Decodable {
                    let fromS: Int
                    let toS: Int
                    let resolutionS: Int
                    let runTimeKeptS: Double
                }
                let part: Part?
                let runTimeActualS: Double
            }
            struct Total: Decodable { let requests: Int }
            let run: Run
            let total: Total
        }

        private static func report(_ fleet: Fleet, _ flags: [String]) throws -> (end: RunningProgram.End, file: PartFile?) {
            let path = "\(fleet.folder.path)/part.json"
            unlink(path)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let end = try fleet.call(["report", "\(fleet.folder.path)/state", "--json", path] + flags)
            return (end, try FileManager.default.contents(atPath: path).map { try decoder.decode(PartFile.self, from: $0) })
        }

        /// While the run goes on, after its master was killed, and when it has ended.
        @Test func aPartOfARunIsToldAtAnyTime() async throws {
            try await withFleet(.init(runTime: "24s", keepsState: true)) { fleet -> Void in
                try fleet.start(workers: 2)
                sleep(12)
                let going = try Self.report(fleet, [])
                #expect(going.end.exitCode == 0 && going.file?.total.requests ?? 0 > 0, "\(going.end)")
                #expect(going.end.output.replacing("\n  ", with: " ").contains("a part of the run: from 0:00 to 0:1"), "\(going.end)")
                fleet.master?.signal(SIGKILL)
                _ = try fleet.master?.waitForEnd()
                let cut = try Self.report(fleet, [])
                #expect(cut.end.exitCode == 0 && cut.file?.total.requests ?? 0 >= going.file?.total.requests ?? 0, "\(cut.end)")
                try fleet.startMaster()
                let end = try fleet.finish(atMost: 60)
                // Where it was away for longer than the lease, requests were interrupted.
                #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")

                let prefix = "\(fleet.folder.path)/part"
                let all = try Self.report(fleet, ["--csv", prefix, "--junit", prefix + ".xml"])
                #expect(all.end.exitCode == 0 && all.file?.total.requests == end.result?.total.requests, "\(all.end)")
                #expect(all.file?.run.part?.fromS == 0 && all.file?.run.part?.resolutionS == 10)
                for (name, words) in [("_stats.csv", "Aggregated"), ("_stats_history.csv", "Aggregated"), (".xml", "<testsuite")] {
                    let text = FileManager.default.contents(atPath: prefix + name).map { String(decoding: $0, as: UTF8.self) }
                    #expect(text?.contains(words) == true, "\(name)")
                }
                let middle = try Self.report(fleet, ["--from", "12s", "--to", "15s"])
                #expect(middle.file?.run.part?.fromS == 10 && middle.file?.run.part?.toS == 20, "\(middle.end)")
                #expect(
                    middle.file?.run.runTimeActualS == 10
                        && middle.end.output.replacing("\n  ", with: " ").contains("told in whole intervals"))
                let parts = try [("0", "10"), ("10", "20"), ("20", "30")].map { from, to in
                    try Self.report(fleet, ["--from", from, "--to", to]).file?.total.requests ?? 0
                }
                #expect(parts.reduce(0, +) == end.result?.total.requests, "\(parts)")

                for (flags, words) in [
                    (["--from", "soon"], "--from is 'soon'; it must be a time"),
                    (["--from", "20s", "--to", "10s"], "--from must be before --to"),
                    (["--from", "2h"], "but the run lasted 0:24"), (["--run", "77"], "there is no run 77"),
                ] {
                    let wrong = try Self.report(fleet, flags).end
                    #expect(wrong.exitCode == 2 && wrong.errors.contains(words), "\(wrong)")
                }
                let elsewhere = try fleet.call(["report", fleet.folder.path])
                #expect(elsewhere.exitCode == 2 && elsewhere.errors.contains("there is no interval log in"), "\(elsewhere)")
            }
        }

        /// The log is written anew all the time, and the master killed again and again: nothing is lost, and nothing counts twice.
        @Test func aMasterThatIsKilledWhileItCompactsGoesOn() async throws {
            let hook = ["CICADA_TEST_STATE_GROWTH": "1000"]
            let end = try await withFleet(.init(runTime: "20s", keepsState: true)) { fleet in
                try fleet.startMaster(environment: hook)
                for name in ["a", "b"] { try fleet.startWorker(name) }
                try fleet.waitForUsers()
                for _ in 0..<6 {
                    usleep(UInt32.random(in: 700_000...2_500_000))
                    fleet.master?.signal(SIGKILL)
                    _ = try fleet.master?.waitForEnd()
                    try fleet.startMaster(environment: hook)
                }
                let end = try fleet.finish(atMost: 60)
                let (told, file) = try Self.report(fleet, [])
                #expect(told.exitCode == 0 && file?.total.requests == end.result?.total.requests, "\(told)")
                return end
            }
            #expect(end.master.exitCode == 0 && end.isAccounted, "\(end)")
        }
    }
}
