import LoadModel

/// What goes wrong in a simulation, and when.
struct SimulatedFault {
    enum Kind {
        /// No message comes through, of a worker's name; upwards is to the master.
        case cut(worker: Int, up: Bool, down: Bool)
        /// Messages are lost, doubled and late.
        case disturbed
        case freezeWorker(Int)
        case stallEngine(Int)
        /// With `restarts`, another process takes its name after the duration.
        case killWorker(Int, restarts: Bool)
        case terminateWorker(Int)
        /// A worker of a new name comes.
        case join
        case freezeMaster
        /// Another takes its place after the duration.
        case killMaster(keepsLog: Bool)
        case rescale(users: Int, rate: Double)
    }

    var kind: Kind
    var at: Int64
    var duration: Int64
    var end: Int64 { at + duration }

    /// Some faults, all over before `end`.
    static func some(until end: Int64, workers: Int, most: Int, random: inout SplitMix64) -> [SimulatedFault] {
        let count = Int.random(in: 0...most, using: &random)
        var hasJoined = 0
        return (0..<count).map { _ in
            let at = Int64.random(in: 500_000_000...(end - 1_000_000_000), using: &random)
            let duration = min(end - at, Int64.random(in: 200_000_000...9_000_000_000, using: &random))
            let worker = Int.random(in: 0..<(workers + hasJoined), using: &random)
            let kind: Kind
            switch Int.random(in: 0..<15, using: &random) {
            case 0: kind = .cut(worker: worker, up: true, down: true)
            case 1: kind = .cut(worker: worker, up: true, down: false)
            case 2: kind = .cut(worker: worker, up: false, down: true)
            case 3, 4: kind = .disturbed
            case 5, 6: kind = .freezeWorker(worker)
            case 7: kind = .stallEngine(worker)
            case 8: kind = .killWorker(worker, restarts: false)
            case 9: kind = .killWorker(worker, restarts: true)
            case 10: kind = .terminateWorker(worker)
            case 11:
                kind = .join
                hasJoined += 1
            case 12: kind = .freezeMaster
            case 13: kind = .killMaster(keepsLog: Int.random(in: 0..<3, using: &random) > 0)
            default:
                kind = .rescale(users: Int.random(in: 0...24, using: &random), rate: Double.random(in: 1...40, using: &random))
            }
            return SimulatedFault(kind: kind, at: at, duration: duration)
        }
    }
}
