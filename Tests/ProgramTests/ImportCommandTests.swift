import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada import`: files in, files out.
    struct ImportCommandTests {
        @Test func aCommandBehindTwoDashesIsEnough() async throws {
            let end = try await CicadaCall.run(["import", "curl", "--", "curl", "http://127.0.0.1:9/x", "-H", "X-A: b", "-d", "a=1"])
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
            #expect(end.output.contains(#"self.http:post("/x", { form = { a = "1" }, headers = { ["X-A"] = "b" } })"#), "\(end)")
        }

        @Test func standardInputIsRead() async throws {
            let folder = try TestFolder()
            let input = try folder.file("calls", "curl http://127.0.0.1:9/one\n")
            let end = try await CicadaCall.run(["import", "curl", "-"], input: input)
            #expect(
                end.exitCode == 0 && end.output.contains(#"self.http:get("/one")"#) && end.output.contains("from standard input"), "\(end)")
        }

        @Test func filesAreNotOverwrittenUnlessForced() async throws {
            let folder = try TestFolder()
            _ = try folder.file("calls.sh", "curl http://127.0.0.1:9/one\n")
            _ = try folder.file("there.lua", "mine")
            let path = folder.path
            let arguments = ["import", "curl", "calls.sh", "--output"]
            let fresh = try await CicadaCall.run(arguments + ["new.lua"], in: path)
            #expect(fresh.exitCode == 0 && fresh.output.isEmpty && fresh.errors.contains("wrote new.lua"), "\(fresh)")
            #expect(try folder.text("new.lua").contains("/one"))
            let refused = try await CicadaCall.run(arguments + ["there.lua"], in: path)
            #expect(refused.exitCode == 2 && refused.errors.contains("there.lua exists; --force overwrites it"), "\(refused)")
            #expect(try folder.text("there.lua") == "mine")
            let forced = try await CicadaCall.run(arguments + ["there.lua", "--force"], in: path)
            #expect(forced.exitCode == 0, "\(forced)")
            #expect(try folder.text("there.lua").contains("/one"))
        }

        @Test(arguments: [
            (["import", "curl", "missing"], "cannot read missing: No such file or directory"),
            (["import", "har", "missing"], "cannot read missing: No such file or directory"),
            (["import", "curl"], "give a file (- for standard input), or a command behind --"),
            (["import", "har", "cut.har"], "cut.har: the file ends in the middle: it was cut off"),
            (["import", "har", "/bin/sh"], "sh: this is no HAR file"), (["import", "curl", "/bin/sh"], "sh: this is no text (UTF-8)"),
            (["import", "har", "."], "cannot read .: Is a directory"),
        ]) func badInputIsAUsageError(arguments: [String], words: String) async throws {
            let folder = try TestFolder()
            _ = try folder.file("cut.har", #"{"log": {"entries": [{"request""#)
            let end = try await CicadaCall.run(arguments, in: folder.path)
            #expect(end.exitCode == 2 && end.output.isEmpty && end.errors.contains(words), "\(end)")
        }
    }
}
