import Testing

@testable import HTTPTransport

struct HostNamesTests {
    private static func need(
        _ names: inout HostNames, _ origin: String, isConnected: Bool = false, now: Int64 = 0
    ) -> HostNames.Need {
        Array(origin.utf8).withUnsafeBytes { names.need(of: $0, isConnected: isConnected, now: now) }
    }

    @Test(arguments: ["http://127.0.0.1:8000", "https://[::1]:443", "http://10.0.0.1"])
    func addressesNeedNoLookup(origin: String) {
        var names = HostNames()
        for _ in 0..<2 {
            let need = Self.need(&names, origin)
            #expect(need == .nothing)
        }
    }

    @Test func aNameIsLookedUpOnceForAllWhoWait() {
        var names = HostNames()
        let first = Self.need(&names, "https://shop.example")
        #expect(first == .lookup(key: "shop.example:443", host: "shop.example"))
        names.wait(handle: 1, for: "shop.example:443")
        let second = Self.need(&names, "https://shop.example")
        #expect(second == .lookup(key: "shop.example:443", host: nil))
        names.wait(handle: 2, for: "shop.example:443")
        names.wait(handle: 3, for: "shop.example:443")
        names.forget(handle: 2)
        let answer = NameResolver.Answer(key: "shop.example:443", addresses: ["192.0.2.1", "2001:db8::1"], failure: "")
        let waiting = names.take(answer, now: 100, lifetimeNanoseconds: 50)
        #expect(waiting == [1, 3])
        let known = Self.need(&names, "https://shop.example", now: 149)
        #expect(known == .addresses(key: "shop.example:443"))
        #expect(names.addresses(of: "shop.example:443")?.line == "shop.example:443:192.0.2.1,[2001:db8::1]")
        // When it is old, only those who need a new connection wait for another lookup.
        let old = Self.need(&names, "https://shop.example", now: 150)
        #expect(old == .lookup(key: "shop.example:443", host: "shop.example"))
        let connected = Self.need(&names, "https://shop.example", isConnected: true, now: 150)
        #expect(connected == .addresses(key: "shop.example:443"))
    }

    @Test func aFailedLookupIsTriedAnew() {
        var names = HostNames()
        names.wait(handle: 4, for: "gone.example:80")
        let answer = NameResolver.Answer(key: "gone.example:80", addresses: [], failure: "no such host")
        let waiting = names.take(answer, now: 0, lifetimeNanoseconds: 1_000_000)
        #expect(waiting == [4] && names.addresses(of: "gone.example:80") == nil)
        // Not at once: users that do not wait would start a lookup each.
        let soon = Self.need(&names, "http://gone.example", now: HostNames.failureLifetimeNanoseconds - 1)
        #expect(soon == .failed(reason: "no such host"))
        let need = Self.need(&names, "http://gone.example", now: HostNames.failureLifetimeNanoseconds)
        #expect(need == .lookup(key: "gone.example:80", host: "gone.example"))
    }

    @Test func listsKeepTheOrderAndAllowRemoval() {
        var list = FreeList()
        for value in [3, 0, 7, 1] { list.append(value) }
        list.remove(7)
        list.remove(9)
        list.append(3)
        var taken: [Int] = []
        while let value = list.popFirst() { taken.append(value) }
        #expect(taken == [0, 1, 3])
        #expect(!list.contains(3))
    }
}
