import Foundation
import Testing

@testable import ZeroMQ

struct KeyFileTests {
    /// A folder that goes when the test ends, and the files of port 5557 in `keys` within it.
    private final class Place {
        let root = FileManager.default.temporaryDirectory.path() + "cicada-keys-\(RandomBytes.uint64())"
        var keys: String { root + "/keys" }
        init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: root) }
        func file() throws -> KeyFile { try KeyFile(port: 5557, environment: ["CICADA_HOME": keys]) }
        func write(_ text: String, to name: String, mode: Int = 0o600) throws {
            #expect(
                FileManager.default.createFile(atPath: "\(keys)/\(name)", contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
        }
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
        }
    }

    private func failure(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no failure"
        } catch { return "\(error)" }
    }

    @Test func keyIsMadeOnceAndFoundAgain() throws {
        let place = try Place()
        let file = try place.file()
        #expect(try file.masterKey() == nil)
        #expect(try file.joinToken() == nil)
        #expect(!FileManager.default.fileExists(atPath: place.keys), "reading makes nothing")
        let key = try file.keptOrNew()
        #expect(try file.keptOrNew() == key)
        #expect(try file.masterKey() == key)
        #expect(try file.joinToken() == key.joinToken)
        #expect(try KeyFile(port: 5558, environment: ["CICADA_HOME": place.keys]).masterKey() == nil, "each port has its own")
        #expect(try place.mode(place.keys) == 0o700)
        #expect(try place.mode(file.masterPath) == 0o600)
        #expect(try place.mode(file.joinPath) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.keys).sorted() == ["5557.join", "5557.master"], "no drafts stay")
        #expect(try String(contentsOfFile: file.joinPath, encoding: .utf8) == key.joinToken.text + "\n")
    }

    @Test func givenKeyTakesThePlaceOfTheKeptOne() throws {
        let place = try Place()
        let file = try place.file()
        _ = try file.keptOrNew()
        let key = MasterKey.new()
        try file.keep(key)
        #expect(try file.masterKey() == key)
        #expect(try file.joinToken() == key.joinToken)
        #expect(try file.keptOrNew() == key)
    }

    @Test func joinTokenIsWrittenAnewWhenItIsMissingOrDamaged() throws {
        let place = try Place()
        let file = try place.file()
        let key = try file.keptOrNew()
        try FileManager.default.removeItem(atPath: file.joinPath)
        _ = try file.keptOrNew()
        #expect(try file.joinToken() == key.joinToken)
        try place.write("damaged", to: "5557.join")
        _ = try file.keptOrNew()
        #expect(try file.joinToken() == key.joinToken)
    }

    @Test func twoMastersThatStartAtOnceGetTheSameKey() async throws {
        let place = try Place()
        let file = try place.file()
        let keys = await withTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { (try? file.keptOrNew().text) ?? "none" } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys.count == 1 && !keys.contains("none"))
    }

    @Test func damagedFilesAreNamedWithTheRemedy() throws {
        let place = try Place()
        let file = try place.file()
        let key = try file.keptOrNew()
        for text in ["", "x", String(key.text.dropLast(5)), key.joinToken.text, String(repeating: "x", count: 5000)] {
            try FileManager.default.removeItem(atPath: file.masterPath)
            try place.write(text, to: "5557.master")
            for failure in [failure { _ = try file.masterKey() }, failure { _ = try file.keptOrNew() }] {
                #expect(failure.contains(file.masterPath) && failure.contains("Remove"), "\(failure)")
            }
        }
        try place.write("cicada-join-x", to: "5557.join")
        let failure = failure { _ = try file.joinToken() }
        #expect(failure.contains(file.joinPath) && failure.contains("was cut"), "\(failure)")
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o666]) func filesThatOthersCanUseAreRefused(mode: Int) throws {
        let place = try Place()
        let file = try place.file()
        _ = try file.keptOrNew()
        for path in [file.masterPath, file.joinPath] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        for failure in [failure { _ = try file.masterKey() }, failure { _ = try file.joinToken() }, failure { _ = try file.keptOrNew() }] {
            #expect(failure.contains("is not safe") && failure.contains("chmod 600"), "\(failure)")
        }
    }

    @Test func folderThatOthersCanEnterIsRefused() throws {
        let place = try Place()
        let file = try place.file()
        _ = try file.keptOrNew()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.keys)
        for failure in [failure { _ = try file.masterKey() }, failure { _ = try file.joinToken() }, failure { _ = try file.keptOrNew() }] {
            #expect(failure.contains(place.keys) && failure.contains("chmod 700"), "\(failure)")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func whatBelongsToSomebodyElseIsRefused() throws {
        let place = try Place()
        let file = try place.file()
        _ = try file.keptOrNew()
        #expect(chown(file.joinPath, 12_345, 12_345) == 0)
        #expect(failure { _ = try file.joinToken() }.contains("another user (uid 12345)"))
        #expect(chown(place.keys, 12_345, 12_345) == 0)
        #expect(failure { _ = try file.masterKey() }.contains("another user (uid 12345)"))
    }

    @Test func linksAndOtherKindsOfFilesAreNotFollowed() throws {
        let place = try Place()
        let file = try place.file()
        let key = try file.keptOrNew()
        let elsewhere = place.root + "/elsewhere"
        #expect(rename(file.joinPath, elsewhere) == 0 && symlink(elsewhere, file.joinPath) == 0)
        #expect(failure { _ = try file.joinToken() }.contains("symbolic link"))
        // A master puts a file in the link's place, and leaves alone what it led to.
        #expect(try file.keptOrNew() == key)
        #expect(try file.joinToken() == key.joinToken)
        #expect(try String(contentsOfFile: elsewhere, encoding: .utf8) == key.joinToken.text + "\n")
        #expect(unlink(file.masterPath) == 0 && mkfifo(file.masterPath, 0o600) == 0)
        #expect(failure { _ = try file.masterKey() }.contains("is of another kind"))
        let link = place.root + "/link"
        #expect(symlink(place.keys, link) == 0)
        let linked = try KeyFile(port: 5557, environment: ["CICADA_HOME": link])
        #expect(failure { _ = try linked.keptOrNew() }.contains("symbolic link"))
    }

    @Test func folderThatCannotBeMadeIsExplained() throws {
        let place = try Place()
        let file = try KeyFile(port: 1, environment: ["CICADA_HOME": place.root + "/missing/keys"])
        #expect(failure { _ = try file.keptOrNew() }.contains("CICADA_HOME"))
        #expect(try file.masterKey() == nil)
    }

    @Test func folderFollowsTheEnvironment() throws {
        let place = try Place()
        func folder(_ environment: [String: String]) throws -> String { try KeyFile(port: 1, environment: environment).folder }
        #expect(try folder(["CICADA_HOME": "/a", "XDG_RUNTIME_DIR": place.root, "HOME": "/home/x"]) == "/a")
        #expect(try folder(["XDG_RUNTIME_DIR": place.root, "HOME": "/home/x"]) == place.root + "/cicada")
        #expect(try folder(["XDG_RUNTIME_DIR": "/no/such/folder", "HOME": "/home/x"]) == "/home/x/.cicada")
        #expect(try folder(["XDG_RUNTIME_DIR": "", "HOME": "/home/x"]) == "/home/x/.cicada")
        #expect(try folder(["CICADA_HOME": "", "XDG_RUNTIME_DIR": "tmp", "HOME": "/"]) == "/.cicada")
        #expect(failure { _ = try folder([:]) }.contains("CICADA_HOME"))
    }
}
