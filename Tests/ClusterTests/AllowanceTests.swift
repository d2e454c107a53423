import Testing

@testable import Cluster

struct AllowanceTests {
    @Test func anOrderCountsFromItsSending() {
        var allowance = Allowance(classes: 2)
        allowance.order([3, 1], version: 7)
        #expect(allowance.bound == 4 && !allowance.isConfirmed)
        allowance.confirm(version: 7, users: [1, 0], isSettled: false)
        #expect(allowance.bound == 4 && allowance.isConfirmed && allowance.reported == [1, 0])
    }

    @Test func usersThatAreToLeaveCountUntilTheyHaveGone() {
        var allowance = Allowance(classes: 1)
        allowance.order([10], version: 1)
        allowance.confirm(version: 1, users: [10], isSettled: true)
        allowance.order([4], version: 2)
        #expect(allowance.bound == 10)
        // A word from before the order came says nothing of it.
        allowance.confirm(version: 1, users: [10], isSettled: true)
        #expect(allowance.bound == 10)
        allowance.confirm(version: 2, users: [7], isSettled: false)
        #expect(allowance.bound == 7)
        allowance.confirm(version: 2, users: [4], isSettled: true)
        #expect(allowance.bound == 4)
    }

    @Test func usersThatComeWhileOthersLeaveCountBeside() {
        var allowance = Allowance(classes: 1)
        allowance.order([10], version: 1)
        allowance.confirm(version: 1, users: [10], isSettled: true)
        allowance.order([4], version: 2)
        allowance.order([10], version: 3)
        #expect(allowance.bound == 16)
        allowance.confirm(version: 3, users: [12], isSettled: false)
        #expect(allowance.bound == 16)
        allowance.confirm(version: 3, users: [9], isSettled: false)
        // At least six of the twelve were not to leave.
        #expect(allowance.bound == 13)
        allowance.confirm(version: 3, users: [10], isSettled: true)
        #expect(allowance.bound == 10)
    }

    @Test func classesDoNotMakeUpForEachOther() {
        var allowance = Allowance(classes: 2)
        allowance.order([5, 0], version: 1)
        allowance.confirm(version: 1, users: [5, 0], isSettled: true)
        allowance.order([0, 5], version: 2)
        #expect(allowance.bound == 10)
    }

    @Test func aLapseEndsAllButTheOrderInForce() {
        var allowance = Allowance(classes: 1)
        allowance.order([10], version: 1)
        allowance.confirm(version: 1, users: [10], isSettled: true)
        allowance.order([4], version: 2)
        allowance.lapse()
        #expect(allowance.bound == 4 && allowance.reported == [0] && !allowance.isConfirmed)
        allowance.clear()
        #expect(allowance.bound == 0 && allowance.version == 0)
    }

    @Test func theFirstOrderTakesInInheritedUsers() {
        var allowance = Allowance(classes: 1)
        allowance.inherit([10])
        #expect(allowance.bound == 10)
        allowance.order([6], version: 1)
        #expect(allowance.bound == 10)
        allowance.confirm(version: 1, users: [6], isSettled: true)
        #expect(allowance.bound == 6)
        allowance.inherit([9])
        #expect(allowance.bound == 6)
    }

    @Test func aWorkerThatLeavesHasNoMoreThanItReports() {
        var allowance = Allowance(classes: 1)
        allowance.order([10], version: 1)
        allowance.order([0], version: 2)
        allowance.wane(to: [8])
        #expect(allowance.bound == 8)
        allowance.wane(to: [9])
        #expect(allowance.bound == 8)
        allowance.wane(to: [0])
        #expect(allowance.bound == 0)
    }

    @Test func figuresOfOtherClassesAreNotTaken() {
        var allowance = Allowance(classes: 2)
        allowance.order([1, 1], version: 1)
        allowance.confirm(version: 1, users: [1], isSettled: true)
        #expect(!allowance.isConfirmed && allowance.reported == [0, 0])
    }
}
