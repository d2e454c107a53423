import Testing

@testable import LoadEngine

struct NewestUsersTests {
    @Test func givesTheNewestOfItsClass() {
        var users = NewestUsers(userClasses: 2)
        for slot in 0..<6 { users.append(slot: slot, userClass: slot % 2) }
        let slots = [0, 1, 0].map { users.popNewest(of: $0) { _ in true } }
        #expect(slots == [4, 5, 2])
        users.append(slot: 4, userClass: 1)
        let reused = users.popNewest(of: 1) { _ in true }
        #expect(reused == 4)
    }

    @Test func skipsThoseThatDoNotStay() {
        var users = NewestUsers(userClasses: 1)
        for slot in 0..<5 { users.append(slot: slot, userClass: 0) }
        let found = users.popNewest(of: 0) { $0 < 2 }
        #expect(found == 1)
        let none = users.popNewest(of: 0) { _ in false }
        #expect(none == nil)
        users.append(slot: 9, userClass: 0)
        users.removeAll()
        let gone = users.popNewest(of: 0) { _ in true }
        #expect(gone == nil)
    }
}
