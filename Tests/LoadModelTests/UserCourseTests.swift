import Testing

@testable import LoadModel

struct UserCourseTests {
    private static let second: Int64 = 1_000_000_000
    private static let stages = LoadProfile(stages: [(10 * second, nil, 20), (5 * second, nil, 20), (10 * second, nil, 5), (0, nil, 8)])

    @Test func eachChangeIsDueWhenTheNumberHasChanged() {
        let course = UserCourse(Self.stages)
        for count in 0..<20 {
            guard let due = course.due(after: count, isRising: true, before: 12 * Self.second) else {
                Issue.record("no \(count)")
                continue
            }
            #expect(course.users(before: due) == count && course.users(before: due + 1) == count + 1, "\(count)")
        }
        for count in 6...20 {
            guard let due = course.due(after: count, isRising: false, before: 25 * Self.second) else {
                Issue.record("no \(count)")
                continue
            }
            // To the nanosecond's rounding.
            #expect(course.users(before: due - 1) == count && course.users(before: due + 1) == count - 1, "\(count)")
        }
        #expect(course.due(after: 20, isRising: true, before: .max) == nil)
        #expect(course.due(after: 3, isRising: true, before: Self.second) == nil)
        // Of two times when it happened, the later one before the moment.
        #expect(course.due(after: 6, isRising: true, before: .max) ?? 0 >= 25 * Self.second)
    }

    @Test func isCompleteWhenNothingChangesAnyMore() {
        let course = UserCourse(Self.stages)
        #expect(!course.isComplete(before: 12 * Self.second) && !course.isComplete(before: 25 * Self.second))
        #expect(course.isComplete(before: 26 * Self.second))
    }

    @Test func aLimitedCourseIsTheSameBelowTheLimit() {
        for course in [UserCourse(Self.stages), UserCourse(Ramp(from: 0, to: 20, ratePerSecond: 3, startNanoseconds: 7))] {
            let limited = course.limited(to: 12)
            for tenth in 0..<300 {
                let moment = Int64(tenth) * 100_000_000 + 50
                #expect(limited.users(before: moment) == min(12, course.users(before: moment)), "\(tenth)")
            }
            #expect(course.limited(to: 20) == course)
        }
    }
}
