import Glibc
import LoadModel
import Testing

@testable import Scripting

struct ScriptLoadingTests {
    /// A folder of its own that is removed with this object.
    private final class Folder {
        let path: String

        init(_ files: [String: String]) throws {
            var template = Array("/tmp/cicada-script-XXXXXX".utf8CString)
            path = String(cString: try #require(mkdtemp(&template)))
            for (name, content) in files { try write(name, content) }
        }

        func write(_ name: String, _ content: String) throws {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            fputs(content, file)
            fclose(file)
        }

        deinit {
            let command = "rm -r '\(path)'"
            _ = system(command)
        }
    }

    private func error(_ folder: Folder) -> String {
        do { _ = try Script.load(path: folder.path + "/s.lua") } catch { return "\(error)" }
        return "no error"
    }

    private static let tail = "\nuser \"U\" { task { \"t\", function() end } }"

    /// Files that are named stand wherever they like; all others are the folder's.
    @Test func filesMayBeReadFromElsewhere() throws {
        let elsewhere = try Folder(["b.csv": "name\nBob\nEve\n"])
        let folder = try Folder([
            "a.csv": "name\nAnn\n", "k.pem": "KEY", "s.lua": "local accounts, pem = data(\"a.csv\"), file(\"k.pem\")" + Self.tail,
        ])
        let loaded = try Script.load(path: folder.path + "/s.lua", replacements: ["a.csv": elsewhere.path + "/b.csv"])
        #expect(loaded.scenario.dataSources.map(\.rows) == [2] && loaded.scenario.dataSources.map(\.file) == ["a.csv"])
        #expect(loaded.script.resources.files["a.csv"] == Array("name\nBob\nEve\n".utf8))
        #expect(loaded.script.resources.files["k.pem"] == Array("KEY".utf8))
        for other in ["/none.csv", ""] {
            do {
                _ = try Script.load(path: folder.path + "/s.lua", replacements: ["a.csv": elsewhere.path + other])
                Issue.record("read \(other)")
            } catch { #expect("\(error)".contains(elsewhere.path + other), "\(error)") }
        }
    }

    @Test func whatTheTopLevelAsksForIsTakenAlong() throws {
        let folder = try Folder([
            "a.csv": "name\nAnn\n", "k.pem": "KEY",
            "s.lua": """
            local key, none, preset = env("CICADA_LOADING_TEST"), env("CICADA_NOT_SET"), env("CICADA_NOT_SET", "preset")
            local pem, accounts = file("k.pem"), data("a.csv")
            print(key, none, preset, pem, #accounts)
            user "U" { task { "t", function(self)
              print(key, pem, accounts:row(self).name, env("CICADA_LOADING_TEST"), select(2, pcall(env, "HOME")), pcall(file, "k.pem"))
            end } }
            """,
        ])
        setenv("CICADA_LOADING_TEST", "value", 1)
        defer { unsetenv("CICADA_LOADING_TEST") }
        var lines: [String] = []
        let loaded = try Script.load(path: folder.path + "/s.lua") { lines.append($0) }
        #expect(lines == ["value\tnil\tpreset\tKEY\t1"])
        #expect(loaded.script.resources.environment == ["CICADA_LOADING_TEST": "value"])
        #expect(loaded.script.resources.files == ["a.csv": Array("name\nAnn\n".utf8), "k.pem": Array("KEY".utf8)])
        #expect(loaded.scenario.dataSources == [DataSource(file: "a.csv", rows: 1)])

        // As on a worker: from bytes and resources, in another environment.
        setenv("CICADA_LOADING_TEST", "the worker's own", 1)
        var copy = try Script(name: "s.lua", source: loaded.script.source)
        copy.resources = loaded.script.resources
        #expect(try copy.scenario() == loaded.scenario)
        let driver = try ScriptDriver(copy)
        driver.users.create(slot: 0, userClass: 0, number: 0)
        driver.users.grant(RowGrant(source: 0, rows: 0..<1))
        #expect(driver.run() == [.end])
        #expect(
            driver.lines.last?.hasPrefix("value\tKEY\tAnn\tvalue\tenv(\"HOME\") is not known while users run: declare it at the top level")
                == true)
        #expect(driver.lines.last?.hasSuffix("file can be used only at the top level of the script, not while users run") == true)
    }

    static let files: [(String, String)] = [
        ("file('missing.txt')", "cannot read missing.txt: No such file or directory"),
        ("file('.')", "\".\" is the script's folder, not a file: give the name of a file in it"),
        ("file('/etc/passwd')", "\"/etc/passwd\" leads out of the script's folder: put the file beside the script"),
        ("file('../x')", "\"../x\" leads out of the script's folder"),
        ("file('sub/../../x')", "\"sub/../../x\" leads out of the script's folder"),
        ("file('link')", "\"link\" is a link that leads out of the script's folder"),
        ("file('fifo')", "fifo is not a file that can be read"),
        ("file('')", "a file's name is a text that is not empty"),
        ("file('huge')", "huge has 67108865 bytes; at most 67108864 of a file are taken along"),
        ("data('broken.csv')", "broken.csv:"),
        ("data('k.txt')", "k.txt"),
    ]

    @Test(arguments: files) func otherFilesAreRefused(call: String, message: String) throws {
        let folder = try Folder(["s.lua": call + Self.tail, "k.txt": "x", "broken.csv": "a,b\n1\n"])
        mkdir(folder.path + "/sub", 0o755)
        symlink("/etc/passwd", folder.path + "/link")
        mkfifo(folder.path + "/fifo", 0o644)
        try folder.write("huge", "")
        truncate(folder.path + "/huge", (64 << 20) + 1)
        let text = error(folder)
        #expect(text.contains(message), "\(text)")
    }

    @Test func allFilesTogetherAreBounded() throws {
        let folder = try Folder(["s.lua": "for i = 1, 5 do file('f' .. i) end" + Self.tail])
        for index in 1...5 {
            try folder.write("f\(index)", "")
            truncate(folder.path + "/f\(index)", 60 << 20)
        }
        #expect(error(folder).contains("f5 and the files before it have more than 268435456 bytes"))
    }
}
