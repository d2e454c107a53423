import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada new`: what it writes passes and runs.
    struct NewCommandTests {
        @Test(arguments: ["get", "login", "api"]) func everyKindPassesAndRuns(kind: String) async throws {
            try await Webapp.with { webapp in
                let folder = try TestFolder()
                let new = try CicadaCall.now(["new", "shop.lua", "--kind", kind, "--host", webapp.url, "--wait", "0-0.1"], in: folder.path)
                #expect(new.exitCode == 0 && new.output.isEmpty && new.errors.contains("wrote shop.lua"), "\(new)")
                let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                #expect(files == (kind == "api" ? ["shop-accounts.csv", "shop.lua"] : ["shop.lua"]))
                let validated = try CicadaCall.now(["validate", "shop.lua"], in: folder.path)
                #expect(validated.exitCode == 0 && validated.output.contains("No problem found."), "\(validated)")
                let run = try CicadaCall.now(["run", "shop.lua", "-u", "10", "-r", "100", "-t", "1s", "--exit-code-on-failure", "9"], in: folder.path)
                #expect(run.exitCode == 0 && !run.output.contains("Exceptions"), "\(run)")
            }
        }

        @Test func withoutATerminalDefaultsAreTaken() async throws {
            let end = try await CicadaCall.run(["new"])
            #expect(
                end.exitCode == 0 && end.output.contains(#"host = "http://127.0.0.1:8000","#) && end.output.contains("constant(1)"),
                "\(end)")
        }

        @Test func aConfigurationFileIsWrittenWhenAskedFor() async throws {
            try await Webapp.with { webapp in
                let folder = try TestFolder()
                let new = try CicadaCall.now(["new", "shop.lua", "--host", webapp.url, "--config"], in: folder.path)
                #expect(new.exitCode == 0, "\(new)")
                let run = try CicadaCall.now(["run", "-t", "300ms"], in: folder.path)
                #expect(run.exitCode == 0 && run.errors.contains("10 users at 5 per second"), "\(run)")
                let again = try CicadaCall.now(["new", "other.lua", "--config"], in: folder.path)
                #expect(again.exitCode == 2 && again.errors.contains("cicada.yaml exists"), "\(again)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/other.lua"))
            }
        }

        @Test(arguments: [
            (["new", "--kind", "other"], "--kind is 'other'; it must be get"), (["new", "--host", "nonsense"], "--host is 'nonsense'"),
            (["new", "--wait", "5-1"], "--wait is '5-1'"), (["new", "--kind", "api"], "give the script a name"),
            (["new", "a.lua", "--output", "b.lua"], "not both"), (["new", "/nowhere/a.lua"], "cannot write /nowhere/a.lua"),
        ]) func whatCannotBeWrittenIsAUsageError(arguments: [String], words: String) async throws {
            let folder = try TestFolder()
            let end = try await CicadaCall.run(arguments, in: folder.path)
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end)")
        }

        /// `script` of util-linux gives the program a terminal.
        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
        func onATerminalItAsks() async throws {
            let folder = try TestFolder()
            let answers = try folder.file("answers", "asked.lua\nwrong\nlogin\n\n0.5-2\n")
            let path = folder.path
            let end = try await onOwnThread {
                try RunningProgram(
                    path: "/bin/sh",
                    [
                        "-c",
                        "cd \"$1\" && (while read -r line; do sleep 0.2; echo \"$line\"; done <\"$2\"; sleep 1) | /usr/bin/script -qec \"$0 new\" /dev/null",
                        RunningProgram.path(ofBuilt: "cicada"), path, answers,
                    ]
                ).waitForEnd()
            }
            #expect(end.output.contains("Kind: get") && end.output.contains("'wrong' cannot be used"), "\(end)")
            let text = try folder.text("asked.lua")
            #expect(text.contains("between(0.5, 2)") && text.contains(#"user "Member""#), "\(text)")
        }
    }
}
