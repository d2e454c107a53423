import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `--tags` and `--exclude-tags`: in this process, in others, and in what is told.
    struct SelectionTests {
        private static let script = #"""
            user "A" { wait = constant(0.02),
              task { "one", tags = { "read", "fast" }, function(self) self.http:get("/one") end },
              task { "two", tags = "read", function(self) self.http:get("/two") end },
              group { "g", rounds = 2, task { "three", tags = "write", function(self) self.http:get("/three") end } },
              task { "four", function(self) self.http:get("/four") end },
            }
            """#

        @Test(arguments: [
            (["--tags", "read"], ["/one", "/two"]), (["--tags", "read, write"], ["/one", "/three", "/two"]),
            (["--exclude-tags", "read"], ["/four", "/three"]), (["--tags", "read", "--exclude-tags", "fast"], ["/two"]),
            ([], ["/four", "/one", "/three", "/two"]), (["--tags", "read", "--processes", "1"], ["/one", "/two"]),
        ]) func onlyTheWantedTasksRun(flags: [String], paths: [String]) async throws {
            let (end, lines) = try await onOwnThread {
                let server = try ScriptedServer { _ in ScriptedServer.answer("fine") }
                defer { server.stop() }
                let folder = try TestFolder()
                _ = try folder.file("s.lua", Self.script)
                let end = try CicadaCall.now(
                    ["run", "s.lua", "--host", server.url, "-u", "10", "-r", "100", "-t", "1s"] + flags, in: folder.path)
                return (end, Set(server.requests.map { String($0.line.split(separator: " ")[1]) }).sorted())
            }
            #expect(end.exitCode == 0 && lines == paths, "\(end)")
        }

        @Test(arguments: [
            (["--tags", "raed"], "--tags: no task of the script has the tag 'raed' (its tags are fast, read, write)"),
            (["--tags", ""], "one or more tags"), (["--tags", "a,,b"], "--tags is 'a,,b'; it must be one or more tags"),
            (["--tags", "read", "--exclude-tags", "read"], "leave no task for user class \"A\""),
        ]) func whatLeavesNothingIsAUsageError(flags: [String], words: String) async throws {
            let folder = try TestFolder()
            _ = try folder.file("s.lua", Self.script)
            let end = try await CicadaCall.run(["run", "s.lua", "--host", "http://127.0.0.1:9"] + flags, in: folder.path)
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end)")
        }
    }
}
