import Testing

@testable import HTTPTransport

struct BatchCookiesTests {
    private static func jar(_ cookies: [String]) -> [UInt8] {
        Array(cookies.map { "h\tFALSE\t/\tFALSE\t0\t\($0.replacing("=", with: "\t"))\0" }.joined().utf8)
    }

    @Test(arguments: [
        // Nothing changed.
        (["a=1"], ["a=1"], ["a=1"], ["a=1"]), ([], [], ["b=2"], ["b=2"]),
        // One sets, changes, removes.
        (["a=1"], [], [], ["a=1"]), (["a=2"], ["a=1"], ["a=1"], ["a=2"]), ([], ["a=1"], ["a=1"], []),
        // What another did meanwhile stays.
        (["a=1"], ["a=1"], ["a=2"], ["a=2"]), (["a=1", "b=1"], ["a=1"], ["a=2"], ["a=2", "b=1"]),
        (["a=1", "c=1"], ["a=1"], [], ["c=1"]), (["a=3"], ["a=1"], ["a=2", "b=2"], ["b=2", "a=3"]),
        ([], ["a=1"], ["a=2"], ["a=2"]), (["b=1", "a=1"], ["a=1", "b=1"], ["c=1"], ["c=1"]),
    ])
    func mergesWhatEachRequestDid(jar: [String], start: [String], current: [String], expected: [String]) {
        let merged = BatchCookies.merged(Self.jar(jar), start: Self.jar(start), into: Self.jar(current))
        #expect(merged == Self.jar(expected))
    }

    @Test func sameNamesOfOtherPathsAreOthers() {
        let root = Array("h\tFALSE\t/\tFALSE\t0\ta\t1\0".utf8)
        let deep = Array("h\tFALSE\t/x\tFALSE\t0\ta\t2\0".utf8)
        #expect(BatchCookies.merged(deep, start: [], into: root) == root + deep)
    }
}
