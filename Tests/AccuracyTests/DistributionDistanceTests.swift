import Accuracy
import Foundation
import LoadModel
import Testing

struct DistributionDistanceTests {
    @Test func boundsAreThoseOfTheTable() {
        // α = 10⁻⁴: 2.2252 / √n
        #expect(abs(DistributionDistance.bound(samples: 10_000) - 0.022252) < 1e-6)
        #expect(abs(DistributionDistance.bound(samples: 10_000, and: 10_000) - 0.031469) < 1e-5)
    }

    @Test func distancesByHand() {
        // Uniform on 0…1 against three values.
        #expect(abs(DistributionDistance.ofSample([0.1, 0.5, 0.6]) { $0 } - 0.4) < 1e-12)
        #expect(DistributionDistance.between([(1, 1), (2, 1)], and: [(1, 5), (2, 5)]) == 0)
        #expect(DistributionDistance.between([(1, 1), (2, 1)], and: [(1, 1), (3, 1)]) == 0.5)
        #expect(DistributionDistance.between([(1, 1), (2, 1)], and: [(1, 1), (3, 1)], tolerance: 1) == 0)
        #expect(DistributionDistance.between([], and: [(1, 1)]) == 1)
    }

    @Test(arguments: 0..<20)
    func exponentialGapsPassAndOthersDoNot(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let gaps = (0..<10_000).map { _ in -log1p(-generator.nextUnit()) / 1000 }
        let distribution = DistributionDistance.exponential(mean: 0.001)
        let bound = DistributionDistance.bound(samples: gaps.count)
        #expect(DistributionDistance.ofSample(gaps, from: distribution) <= bound)
        // A tenth faster, and even.
        #expect(DistributionDistance.ofSample(gaps.map { $0 * 0.9 }, from: distribution) > bound)
        #expect(DistributionDistance.ofSample([Double](repeating: 0.001, count: 10_000), from: distribution) > bound)
    }
}
