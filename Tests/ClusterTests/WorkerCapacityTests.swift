import LoadModel
import Testing

@testable import Cluster

struct WorkerCapacityTests {
    private static func capacity(
        descriptors: Int = 100_000, memoryMiB: Int64 = 100_000, cores: Int = 8, threads: Int = 2, connections: ConnectionMode? = nil,
        cap: Int? = nil
    ) throws -> WorkerCapacity {
        var plan = try SamplePlan.make()
        plan.scenario.userClasses[0].connections = connections
        plan.connectionCap = cap
        return WorkerCapacity(plan: plan, threads: threads, descriptors: descriptors, memoryBytes: memoryMiB << 20, cores: cores)
    }

    @Test func whatIsLeastSetsTheNumber() throws {
        let few = try Self.capacity(descriptors: 1024)
        #expect(few.users == (1024 - 44) * 512 / 513 && few.limit == "1024 descriptors" && few.connections == few.users)
        let small = try Self.capacity(memoryMiB: 64)
        #expect(small.users == 64 * 64 * 3 / 4 && small.limit == "64 MiB of free memory")
        let narrow = try Self.capacity(descriptors: 1_000_000, cores: 2)
        #expect(narrow.users == 200_000 && narrow.limit == "2 cores")
    }

    @Test func sharedOrCappedConnectionsNeedNoDescriptorEach() throws {
        let shared = try Self.capacity(descriptors: 1024, cores: 1, connections: .shared)
        #expect(shared.users == 100_000 && shared.connections < 1024)
        let capped = try Self.capacity(descriptors: 1024, cores: 1, cap: 50)
        #expect(capped.users == 100_000 && capped.connections == 50)
    }

    @Test func aProcessWithoutDescriptorsCarriesNobody() throws {
        let none = try Self.capacity(descriptors: 40, cap: 1000)
        #expect(none.users == 0 && none.limit.contains("40 descriptors"))
    }
}
