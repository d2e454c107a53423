import LoadModel
import Testing

struct UserDealTests {
    @Test(arguments: [
        ([5.0, 1.0], "AABAAAAABAAAAABA"), ([3, 1], "ABAAABAAABAAABAA"), ([2, 1], "ABAABAABA"), ([4, 5], "BABABABABBABABAB"),
        ([1, 2, 3], "CBACBCCBACBC"), ([1, 9], "BBBBABBBBBBBBBAB"), ([0.5, 0.25], "ABAABAABA"),
    ])
    func dealsInLocustsOrder(weights: [Double], expected: String) {
        let names = ["A", "B", "C"]
        var deal = UserDeal(classes: weights.enumerated().map { (names[$0.offset], $0.element) })
        #expect(expected.map { _ in names[deal.next()] }.joined() == expected)
    }
}
