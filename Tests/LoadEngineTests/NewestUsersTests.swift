import Testing

@testable import LoadEngine

struct NewestUsersTests {
    @Test func givesTheNewestOfItsClass() {
        var users = NewestUsers(userClasses: 2)
        for slot in 0..<6 { users.append(slot: slot, userClass: slot % 2) { _ in true } }
        let slots = [0, 1, 0].map { users.popNewest(of: $0) { _ in true } }
        #expect(slots == [4, 5, 2])
        users.append(slot: 4, userClass: 1) { _ in true }
        let reused = users.popNewest(of: 1) { _ in true }
        #expect(reused == 4)
    }

    @Test func skipsThoseThatDoNotStay() {
        var users = NewestUsers(userClasses: 1)
        for slot in 0..<5 { users.append(slot: slot, userClass: 0) { _ in true } }
        let found = users.popNewest(of: 0) { $0 < 2 }
        #expect(found == 1)
        let none = users.popNewest(of: 0) { _ in false }
        #expect(none == nil)
        users.append(slot: 9, userClass: 0) { _ in true }
        users.removeAll()
        let gone = users.popNewest(of: 0) { _ in true }
        #expect(gone == nil)
    }

    @Test func forgetsSlotsThatWereLeftBehind() {
        var users = NewestUsers(userClasses: 1)
        // One slot after the other is used again and again; only the last 100 users stay.
        for user in 0..<100_000 { users.append(slot: user % 100, userClass: 0) { $0 < 100 } }
        #expect(users.count(of: 0) <= 1025)
        let newest = (0..<100).map { _ in users.popNewest(of: 0) { _ in true } }
        #expect(newest == (0..<100).reversed().map { $0 })
        for slot in 0..<5000 { users.append(slot: slot, userClass: 0) { _ in true } }
        // Nobody is forgotten who stays.
        let all = (0..<5000).map { _ in users.popNewest(of: 0) { _ in true } }
        #expect(all == (0..<5000).reversed().map { $0 })
    }
}
