import Foundation

/// Where a master's key and its join token lie on this machine, so that workers and operators of the same user find them without being
/// told: `PORT.master` and `PORT.join`, readable by their owner only, in the first of these folders.
///
/// - `$CICADA_HOME`, if it is set
/// - `$XDG_RUNTIME_DIR/cicada`, if that variable names a folder in which this user can write
/// - `~/.cicada`
package struct KeyFile: Sendable {
    /// The folder of the files.
    package let folder: String
    private let port: Int

    /// The files of the master on `port`. Throws `LinkError` when neither variable is set and the user has no home.
    package init(port: Int, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        folder = try Self.folder(environment)
        self.port = port
    }

    /// Path of the file with the master key.
    package var masterPath: String { "\(folder)/\(masterName)" }
    /// Path of the file with the join token.
    package var joinPath: String { "\(folder)/\(joinName)" }

    /// For a master: the key that is kept, or a new one, which is kept from now on; the join token is kept beside it. Two masters that
    /// start at once get the same key. Throws `LinkError` that names the file and the remedy.
    package func keptOrNew() throws -> MasterKey {
        guard let folder = try KeyFolder.open(folder, makingIt: true) else { throw LinkError("no folder \(self.folder)") }
        if let key = try key(in: folder) {
            try keepToken(of: key, in: folder)
            return key
        }
        let new = MasterKey.new()
        let isOurs = try folder.write(new.text + "\n", to: masterName, replacing: false)
        let key = isOurs ? new : try key(in: folder) ?? new
        try keepToken(of: key, in: folder)
        return key
    }

    /// For a master that got its key or its port otherwise: keeps `key` and its join token in place of what was there. Throws `LinkError`.
    package func keep(_ key: MasterKey) throws {
        guard let folder = try KeyFolder.open(folder, makingIt: true) else { return }
        _ = try folder.write(key.text + "\n", to: masterName, replacing: true)
        _ = try folder.write(key.joinToken.text + "\n", to: joinName, replacing: true)
    }

    /// For a master whose port nobody will ask for again: removes `key` and its join token, unless another master's have taken their place.
    package func forget(_ key: MasterKey) {
        guard let folder = try? KeyFolder.open(folder, makingIt: false), (try? self.key(in: folder))?.text == key.text else { return }
        folder.remove(masterName)
        folder.remove(joinName)
    }

    /// For operators: the master key, or nil when none is kept. Throws `LinkError` that names the file and the remedy.
    package func masterKey() throws -> MasterKey? {
        guard let folder = try KeyFolder.open(folder, makingIt: false) else { return nil }
        return try key(in: folder)
    }

    /// For workers: the join token, or nil when none is kept. Throws `LinkError` that names the file and the remedy.
    package func joinToken() throws -> JoinToken? {
        guard let folder = try KeyFolder.open(folder, makingIt: false), let text = try folder.read(joinName) else { return nil }
        do { return try JoinToken(text: text) } catch let error as LinkError {
            throw LinkError("\(joinPath): \(error). Remove the file and start the master again: it writes a new one")
        }
    }

    private var masterName: String { "\(port).master" }
    private var joinName: String { "\(port).join" }

    private func key(in folder: borrowing KeyFolder) throws -> MasterKey? {
        guard let text = try folder.read(masterName) else { return nil }
        do { return try MasterKey(text: text) } catch let error as LinkError {
            throw LinkError(
                "\(masterPath): \(error). Remove the file and start the master again: workers elsewhere then need its new join token")
        }
    }

    private func keepToken(of key: MasterKey, in folder: borrowing KeyFolder) throws {
        let text = key.joinToken.text + "\n"
        if (try? folder.read(joinName)) == text { return }
        _ = try folder.write(text, to: joinName, replacing: true)
    }

    private static func folder(_ environment: [String: String]) throws -> String {
        if let named = environment["CICADA_HOME"], !named.isEmpty { return named }
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/"), isOwn(runtime) { return "\(runtime)/cicada" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home == "/" ? "/.cicada" : "\(home)/.cicada" }
        throw LinkError("there is no place for keys: set CICADA_HOME to a folder, or HOME")
    }

    private static func isOwn(_ folder: String) -> Bool {
        var status = stat()
        return stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && access(folder, W_OK | X_OK) == 0
    }
}
