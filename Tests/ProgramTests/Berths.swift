import TestServers

/// Room for a few at a time; who comes later waits without holding a thread.
actor Berths {
    /// Fleets of processes: mostly they wait, but each has a target, a master and workers.
    static let fleets = Berths(4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    /// Waits for a place.
    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// Gives it back.
    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// Blocking work with a fleet of its own, on a thread of its own, when there is room for one.
func withFleet<Value: Sendable>(
    _ plan: Fleet.Plan = .init(), _ work: @escaping @Sendable (Fleet) throws -> Value
) async throws -> Value {
    await Berths.fleets.enter()
    let result: Result<Value, any Error>
    do { result = .success(try await onOwnThread { try work(Fleet(plan)) }) } catch { result = .failure(error) }
    await Berths.fleets.leave()
    return try result.get()
}
