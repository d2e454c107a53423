import Synchronization
import Testing

@testable import SampleWebapp

@Suite struct AdmissionTests {
    @Test func admitsUpToTheLimitAndThenInOrderOfArrival() {
        let admission = Admission(limit: 2)
        let admitted = Mutex<[Int]>([])
        for request in 0..<5 {
            let atOnce = admission.enter { admitted.withLock { $0.append(request) } }
            #expect(atOnce == (request < 2))
        }
        #expect(admitted.withLock { $0 }.isEmpty)
        for _ in 0..<3 { admission.leave() }
        #expect(admitted.withLock { $0 } == [2, 3, 4])
        admission.leave()
        #expect(admission.enter {})
    }
}
