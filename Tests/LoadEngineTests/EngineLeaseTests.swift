import LoadEngine
import Testing

struct EngineLeaseTests {
    @Test func holdsForEverUnlessToldOtherwise() {
        #expect(EngineLease().expiryNanoseconds == .max)
    }

    @Test func isRenewedOnlyWhileItHolds() {
        let lease = EngineLease(expiryNanoseconds: 100)
        let inTime = lease.renew(until: 200, now: 99)
        #expect(inTime && lease.expiryNanoseconds == 200)
        let late = lease.renew(until: 300, now: 200)
        #expect(!late && lease.expiryNanoseconds == 200)
        lease.grant(until: 300)
        #expect(lease.expiryNanoseconds == 300)
    }
}
