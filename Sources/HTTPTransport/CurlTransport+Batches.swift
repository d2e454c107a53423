import CCurl
import LoadModel

/// Several requests of one user at once.
extension CurlTransport {
    /// A batch has at most so many requests.
    package static let mostItems = 100

    /// The requests of one user that are under way at once.
    struct Batch {
        /// The handles of those that have not ended or not been taken yet.
        var handles: [Int32] = []
        /// The user's cookies when the batch began: what each request begins with, unless they have been cleared.
        let cookies: [UInt8]
        var hasClearedCookies = false
    }

    /// A handle for a request of a batch, which begins if nothing of the user's is under way.
    func handle(forItem item: Int, of slot: Int) throws -> CurlHandle {
        precondition(item < Self.mostItems, "a batch has at most \(Self.mostItems) requests")
        precondition(!users[slot].isInFlight || batches[slot] != nil, "a batch while a request is under way")
        let handle = try handle(for: slot)
        if !users[slot].isInFlight { beginBatch(slot) }
        returnCookies(of: handle)
        return handle
    }

    /// Makes the cookies a text of the user's, and lets go of the handle of its last request.
    private func beginBatch(_ slot: Int) {
        let last = Int(users[slot].handle)
        if last >= 0, handles[last].cookieOwner == slot { returnCookies(of: handles[last]) }
        users[slot].handle = -1
        batches[slot] = Batch(cookies: users[slot].cookies)
    }

    /// Counts a request among those of its batch and lends it the user's cookies.
    func join(_ handle: CurlHandle) {
        batches[handle.slot]?.handles.append(Int32(handle.index))
        guard let batch = batches[handle.slot] else { return }
        handle.hasBatchCookies = !batch.hasClearedCookies
        if handle.hasBatchCookies { handle.putCookies(batch.cookies) }
    }

    /// Forgets the cookies of a user whose batch is under way: requests that follow begin without.
    func clearBatchCookies(_ handle: CurlHandle) {
        handle.hasBatchCookies = false
        batches[handle.slot]?.hasClearedCookies = true
    }

    /// Takes a request that has ended out of its batch: its cookies go to the user, and with the last one the batch is over.
    func leaveBatch(_ handle: CurlHandle, slot: Int) {
        guard var batch = batches.removeValue(forKey: slot) else { return }
        users[slot].cookies = BatchCookies.merged(
            handle.takeCookies(), start: handle.hasBatchCookies ? batch.cookies : [], into: users[slot].cookies)
        detachPool(handle)
        batch.handles.removeAll { $0 == Int32(handle.index) }
        if batch.handles.isEmpty { users[slot].isInFlight = false } else { batches[slot] = batch }
    }
}
