import Testing

@testable import ZeroMQ

struct RefusalLogTests {
    @Test func eachAddressIsToldOnceForEachReason() {
        var log = RefusalLog()
        for _ in 0..<5 { log.note(.stranger, from: "192.0.2.1") }
        log.note(.otherMaster, from: "192.0.2.1")
        log.note(.stranger, from: nil)
        log.note(.stranger, from: nil)
        #expect(
            log.take() == [
                Refusal(address: "192.0.2.1", reason: .stranger), Refusal(address: "192.0.2.1", reason: .otherMaster),
                Refusal(address: nil, reason: .stranger),
            ])
        log.note(.stranger, from: "192.0.2.1")
        #expect(log.take().isEmpty && log.count == 9)
    }

    @Test func addressesAreBounded() {
        var log = RefusalLog()
        for number in 0..<5000 { log.note(.stranger, from: "\(number)") }
        #expect(log.take().count == RefusalLog.greatestNumberRemembered && log.count == 5000)
        for number in 0..<5000 { log.note(.silent, from: "\(number)") }
        #expect(log.take().isEmpty && log.count == 10_000)
    }

    @Test func refusalReadsAsASentence() {
        #expect("\(Refusal(address: "192.0.2.1", reason: .stranger))" == "192.0.2.1 was not let in: it does not speak Cicada's protocol")
        #expect("\(Refusal(address: nil, reason: .silent))".hasPrefix("somebody was not let in"))
    }
}
