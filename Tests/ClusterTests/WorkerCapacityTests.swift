import LoadModel
import Testing

@testable import Cluster

struct WorkerCapacityTests {
    private static func capacity(
        descriptors: Int = 100_000, memoryMiB: Int64 = 100_000, cores: Int = 8, threads: Int = 2, connections: ConnectionMode? = nil,
        cap: Int? = nil, ports: Int? = nil, changing change: (inout RunPlan) -> Void = { _ in }
    ) throws -> WorkerCapacity {
        var plan = try SamplePlan.make()
        plan.scenario.userClasses[0].connections = connections
        plan.connectionCap = cap
        change(&plan)
        return WorkerCapacity(
            plan: plan, threads: threads, descriptors: descriptors, memoryBytes: memoryMiB << 20, cores: cores, ports: ports)
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

    @Test func localPortsAreForOneAddress() throws {
        let one = try Self.capacity(ports: 28_232) { $0.scenario.userClasses[0].host = "http://Shop:8000/a" }
        #expect(one.users == 28_232 && one.limit == "28232 local ports for connections to shop:8000")
        // Connections that are shared, or capped, are fewer than users.
        #expect(try Self.capacity(cores: 1, connections: .shared, ports: 28_232).users == 100_000)
        #expect(try Self.capacity(cores: 1, cap: 500, ports: 28_232).users == 100_000)
    }

    @Test(arguments: [
        ("http://a", "https://a", 40_000), ("http://a:80/x", "http://A", 30_000), ("http://[::1]", "http://[::1]:80", 30_000),
    ])
    func classesShareThePortsOfTheirTarget(first: String, second: String, users: Int) throws {
        let capacity = try Self.capacity(ports: 30_000) { plan in
            plan.scenario.userClasses[0].host = first
            plan.scenario.userClasses[0].weight = 3
            plan.scenario.userClasses.append(plan.scenario.userClasses[0])
            plan.scenario.userClasses[1].host = second
            plan.scenario.userClasses[1].weight = 1
        }
        #expect(capacity.users == users)
    }

    @Test func whatGoesThroughAProxyGoesToOneAddress() throws {
        let capacity = try Self.capacity(ports: 30_000) { plan in
            plan.scenario.userClasses[0].host = "http://a"
            plan.scenario.userClasses.append(plan.scenario.userClasses[0])
            plan.scenario.userClasses[1].host = "http://b"
            plan.transport.proxy = "http://me:secret@proxy:3128"
        }
        #expect(capacity.users == 30_000 && capacity.limit == "30000 local ports for connections to proxy:3128")
    }
}
