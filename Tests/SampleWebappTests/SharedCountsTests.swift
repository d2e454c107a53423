import Glibc
import SampleWebapp
import Testing

@Suite struct SharedCountsTests {
    @Test func addsUpWhatSeveralProcessesCount() throws {
        let name = "/sample-webapp-test-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        defer { close(descriptor) }
        shm_unlink(name)
        try #require(ftruncate(descriptor, SharedCounts.byteCount(processes: 3)) == 0)
        let members = try (0..<3).map { try SharedCounts(processes: 3, process: $0, sharing: descriptor) }
        for (index, member) in members.enumerated() {
            for _ in 0...index { member.count(Route(.login, .post), .ok) }
        }
        members[1].count(Route(.metrics, .post), .internalServerError)
        members[2].count(Route(.other, .get), .notFound)
        members[0].count(Route(.counts, .get), .ok)
        let report = members[0].report()
        #expect(report == members[2].report())
        #expect(report.total == 8)
        #expect(
            report.json == """
                {"total": 8, "routes": {"POST /login": {"200": 6}, "POST /metrics": {"500": 1}, "(other)": {"404": 1}}, \
                "processes": 3, "counts_requests": 1}

                """)
    }

    @Test func startsEmpty() throws {
        #expect(try SharedCounts().report().json == "{\"total\": 0, \"routes\": {}, \"processes\": 1, \"counts_requests\": 0}\n")
    }
}
