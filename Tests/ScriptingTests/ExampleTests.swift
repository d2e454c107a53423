import Foundation
import LoadModel
import Testing

@testable import Scripting

struct ExampleTests {
    private static let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/examples"
    private static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".lua") }.sorted()

    @Test(arguments: names) func exampleCanBeLoaded(name: String) throws {
        let loaded = try Script.load(path: "\(Self.folder)/\(name)")
        #expect(!loaded.scenario.userClasses.isEmpty)
        // What its reader does first is to look at it.
        let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
        #expect(text.hasPrefix("-- ") && text.contains("cicada run examples/\(name) --host http://localhost:"))
    }

    @Test func sampleWebappLogsInAndReportsMetrics() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let driver = try ScriptDriver(Script.read(path: "/\(root)/examples/sample-webapp.lua"))
        var expected = UserClass(
            name: "MetricsUser", wait: .constant(nanoseconds: 1_000_000_000), hasOnStart: true,
            tasks: [ScenarioTask(name: "login", weight: 1, line: 14), ScenarioTask(name: "metrics", weight: 999, line: 15)])
        expected.onStartLine = 11
        #expect(driver.users.scenario.userClasses == [expected])
        driver.users.create(slot: 0, userClass: 0, number: 0)
        #expect(driver.run(.start) == [.end])
        driver.answer = { .init(body: $0.target + " - device: " + $0.body.dropFirst("deviceid=".count).prefix(36)) }
        #expect(driver.run(.task(0)) == [.request("POST /login"), .end])
        #expect(driver.run(.task(1)) == [.request("POST /metrics"), .end])
        driver.answer = { _ in .init(status: 500, body: "no") }
        #expect(driver.run(.task(1)) == [.request("POST /metrics"), .failure("check failed: echoes the device"), .end])
        let login = driver.requests[0].body
        #expect(login.utf8.count == "deviceid=".utf8.count + 36)
        #expect(driver.requests[1].body.hasPrefix(login + "&timestamp=20"))
        #expect(driver.requests[1].body.utf8.count == login.utf8.count + "&timestamp=".utf8.count + 26 + 4)
    }
}
