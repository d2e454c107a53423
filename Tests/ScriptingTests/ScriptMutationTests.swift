import LoadModel
import Testing

@testable import Scripting

/// Scripts that are broken in every way a file can be: each is refused with a place or runs, and none harms the process.
struct ScriptMutationTests {
    private static let source = """
        local shared = task { "both", tags = { "x", "y" }, function(self) self.http:get("/") end }
        local names = { "a", "b" }
        for index, name in ipairs(names) do names[index] = name:upper():gsub("%a", "%0%0") end
        setup(function(self) return { token = "t", list = { 1, 2, 3 } } end)
        user "First" {
          wait = between(0.5, 2), weight = 3, host = "https://example.org/base", connections = "shared",
          on_start = function(self) self.n = 0 end,
          task { "first", weight = 2.5, function(self) self.n = self.n + 1 counter("n", self.n) sleep(0.5) end },
          sequence { "buy", rounds = between(2, 5), shared, group { "look", shared, task { "b", function(self) leave() end } } },
        }
        user "Second" { wait = pacing(1, { catch_up = false }), fixed_count = 2, shared, on_stop = function(self) print(self.id) end }
        """

    @Test(arguments: 0..<8) func mutatedScriptsAreRefusedOrRun(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var refused = 0
        for _ in 0..<100 {
            let bytes = Self.mutate(Array(Self.source.utf8), using: &generator)
            do throws(ScriptError) {
                try Self.run(Script(name: "m.lua", source: bytes))
            } catch {
                refused += 1
                #expect(!error.message.isEmpty && error.description.hasPrefix("m.lua"))
            }
        }
        #expect(refused > 30)
    }

    private static func mutate(_ source: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place...)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: [0xFF, 0xFE, 0xC3], at: place)
            case 4: bytes.insert(contentsOf: Array(repeating: UInt8(ascii: "{"), count: 5000), at: place)
            case 5: bytes.insert(contentsOf: bytes[..<place], at: place)
            case 6: bytes = bytes.flatMap { $0 == 10 ? [13, 10] : [$0] }
            default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
        return bytes
    }

    private static func run(_ script: Script) throws(ScriptError) {
        let users = try LuaUsers(script: script, seed: 1, memoryLimitBytes: 32 << 20)
        let exchange = UserExchange()
        for (index, userClass) in users.scenario.userClasses.enumerated() {
            users.create(slot: index, userClass: index, number: index)
            let steps = [UserStep.start] + userClass.tasks.indices.map { UserStep.task($0) } + [.stop]
            for step in steps {
                var command = users.begin(step, slot: index, exchange: exchange)
                for _ in 0..<100 {
                    exchange.request.reset()
                    switch command {
                    case .request: command = users.resume(slot: index, outcome: RequestOutcome(), exchange: exchange)
                    case .sleep, .rows: command = users.wake(slot: index, exchange: exchange)
                    default: break
                    }
                }
                users.abandon(slot: index)
            }
            users.destroy(slot: index)
        }
    }

    static let nested: [(String, String)] = [
        ("parentheses", "x = " + String(repeating: "(", count: 100_000) + "1"),
        ("tables", "x = " + String(repeating: "{", count: 100_000)),
        ("blocks", String(repeating: "do ", count: 100_000)),
        ("functions", "x = " + String(repeating: "function() return ", count: 100_000)),
        ("concatenations", "x = 'a'" + String(repeating: " .. 'a'", count: 100_000)),
        ("brackets", "x = [" + String(repeating: "=", count: 1_000_000) + "[ text"),
        ("one line", "x = '" + String(repeating: "a", count: 15 << 20)),
    ]

    @Test(arguments: nested) func deepNestingIsRefused(what: String, source: String) throws {
        #expect(throws: ScriptError.self, "\(what)") { try Script(name: "n.lua", source: Array(source.utf8)).scenario() }
    }
}
