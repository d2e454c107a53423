/// Where a worker runs, and what it may use there, as it says when it joins.
package struct WorkerMachine: Sendable, Equatable {
    /// The Kubernetes node and pod; nil: it was not told (docs/lifecycle.md, "On Kubernetes").
    package var node: String?
    package var pod: String?
    /// Its place in an Indexed Job; nil: it has none.
    package var index: Int?
    /// Processors that it may run on.
    package var cores = 0
    /// Processors by the quota of its control groups; nil: there is none.
    package var quotaCores: Double?
    /// Bytes by the limit of its control groups; nil: there is none.
    package var memoryLimitBytes: Int64?
    /// Bytes that were free for it when it began.
    package var freeMemoryBytes: Int64 = 0
    /// Descriptors that it could open when it began.
    package var descriptors = 0
    /// Local ports for connections to one address; nil: it did not say.
    package var ports: Int?

    package init() {}

    /// Where that is, in words: `node n1, pod worker-0`; nil: it was not told.
    package var place: String? {
        let parts = [node.map { "node \($0)" }, pod.map { "pod \($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
