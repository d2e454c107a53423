import Foundation
import Testing

/// Holds the imports of every target against the table in ARCHITECTURE.md.
struct DoorTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let free: Set<String> = ["Glibc", "Synchronization", "Foundation", "FoundationEssentials"]

    private struct Room {
        var layer: Int
        var doors: Set<String>
    }

    private static func rooms() throws -> [String: Room] {
        let text = try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        var rooms: [String: Room] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, let layer = Int(cells[1]) else { continue }
            let doors = cells[3].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            rooms[cells[2]] = Room(layer: layer, doors: Set(doors))
        }
        return rooms
    }

    private static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"),
                words[..<position].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" })
            else { return nil }
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "typealias"]
            guard let name = words[(position + 1)...].first(where: { !kinds.contains($0) }) else { return nil }
            return String(name.prefix { $0 != "." })
        }
    }

    @Test func everyImportHasADoor() throws {
        let rooms = try Self.rooms()
        #expect(rooms.count >= 10)
        let sources = Self.root.appending(path: "Sources")
        var checked = 0
        for target in try FileManager.default.contentsOfDirectory(atPath: sources.path()) {
            let files = FileManager.default.enumerator(at: sources.appending(path: target), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let room = try #require(rooms[target], "ARCHITECTURE.md has no row for the target \(target)")
                for name in try Self.imports(of: file) where !Self.free.contains(name) {
                    checked += 1
                    #expect(room.doors.contains(name), "\(target)/\(file.lastPathComponent) imports \(name), which its row does not name")
                }
            }
        }
        #expect(checked > 50)
    }

    @Test func doorsLeadDown() throws {
        let rooms = try Self.rooms()
        for (name, room) in rooms {
            for door in room.doors {
                guard let other = rooms[door] else { continue }
                #expect(other.layer < room.layer, "\(name) (layer \(room.layer)) may not look up to \(door) (layer \(other.layer))")
            }
        }
    }

    @Test func foundationsNetworkingIsNeverUsed() throws {
        let files = FileManager.default.enumerator(at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            #expect(try !Self.imports(of: file).contains("FoundationNetworking"), "\(file.lastPathComponent)")
        }
    }
}
