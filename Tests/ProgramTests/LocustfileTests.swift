import Foundation
import TestServers
import Testing

extension LocustTests {
    /// `cicada export locustfile`: the real Locust takes what is written, with the classes as the script has them.
    struct LocustfileTests {
        private static let script = #"""
            user "Shopper" {
              weight = 2.5, host = "http://shop.example:8000/a\"b\\c",
              task { "browse", weight = 0.5, tags = { "read", "fa\"st" }, function(self) end },
              task { "look around", weight = 1.5, function(self) end },
              task { "wait", function(self) end },
              task { "class", function(self) end },
              task { "Grüße", function(self) end },
              task { "look_around", function(self) end },
              sequence { "buy", weight = 2,
                task { "cart", function(self) end },
                group { "pay", task { "card", weight = 5, function(self) end }, task { "bill", function(self) end } },
              },
            }
            user "Guard" { fixed_count = 2, task { "look", function(self) end } }
            user "_private" { task { "t", function(self) end } }
            """#

        /// Prints what Locust has made of the file.
        private static let inspection = """
            import json, sys
            from locust.util.load_locustfile import load_locustfile
            from locust.user.inspectuser import get_ratio
            classes, _ = load_locustfile(sys.argv[1])
            print(json.dumps({
                "classes": {n: {"weight": c.weight, "fixed_count": c.fixed_count, "host": c.host, "class_name": c.__name__} for n, c in classes.items()},
                "tasks": get_ratio(list(classes.values()), {n: 1 for n in classes}, False),
                "tags": sorted(classes["Shopper"].tasks[0].locust_tag_set),
            }))
            """

        @Test func locustListsTheClasses() async throws {
            let (export, list, inspected) = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("shop.lua", Self.script)
                let export = try CicadaCall.now(["export", "locustfile", script, "-o", "\(folder.path)/locustfile.py"])
                let text = (try? folder.text("locustfile.py")) ?? ""
                let locust = try LocustProgram(text, ["--list"])
                let list = try withExtendedLifetime(locust) { try locust.program.waitForEnd(atMost: 30) }
                return (export, list, try LocustProgram.runPython(Self.inspection, ["\(folder.path)/locustfile.py"]))
            }
            #expect(export.exitCode == 0 && export.errors.contains("Next: locust -f "), "\(export)")
            #expect(list.exitCode == 0, "\(list)")
            let names = list.output.split(separator: "\n").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(names == ["Shopper", "Guard", "_private"], "\(list)")

            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any], "\(inspected)")
            let classes = try #require(document["classes"] as? [String: [String: Any]])
            let shopper = try #require(classes["Shopper"])
            #expect(shopper["weight"] as? Double == 2.5 && shopper["host"] as? String == "http://shop.example:8000/a\"b\\c", "\(shopper)")
            #expect(classes["Guard"]?["fixed_count"] as? Int == 2 && classes["_private"]?["weight"] as? Double == 1, "\(classes)")
            #expect(document["tags"] as? [String] == ["fa\"st", "read"])
            // The shares are the script's: 0.5, 1.5, 1, 1, 1, 1 and 2 of 8.
            let tasks = try #require((document["tasks"] as? [String: [String: Any]])?["Shopper"]?["tasks"] as? [String: [String: Any]])
            let ratios = tasks.mapValues { $0["ratio"] as? Double ?? 0 }
            let wanted = [
                "browse": 0.0625, "look_around": 0.1875, "task_wait": 0.125, "class_": 0.125, "Gr____e": 0.125, "look_around_2": 0.125,
                "buy": 0.25,
            ]
            #expect(ratios == wanted, "\(ratios)")
            let pay = try #require((tasks["buy"]?["tasks"] as? [String: [String: Any]])?["pay"]?["tasks"] as? [String: [String: Double]])
            #expect(abs((pay["card"]?["ratio"] ?? 0) - 5 / 6.0) < 1e-9, "\(pay)")
        }

        /// Who starts a Locust worker with it gets no load, and is told.
        @Test func usersOfALocustWorkerEnd() async throws {
            let end = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("s.lua", #"user "U" { host = "http://127.0.0.1:9", task { "t", function(self) end } }"#)
                let text = try CicadaCall.now(["export", "locustfile", script]).output
                let locust = try LocustProgram(text, ["--headless", "-u", "1", "-t", "1s"])
                return try withExtendedLifetime(locust) { try locust.program.waitForEnd(atMost: 30) }
            }
            #expect(end.exitCode == 0, "\(end)")
        }

        /// The whole way: a script, its locustfile under a real Locust master, and a Cicada worker with the script.
        @Test func aMasterWithTheFileDealsTheScriptsUsers() async throws {
            let script = #"""
                user "Alpha" { wait = constant(0.05), task { "home", function(self) self.http:get("/") end } }
                user "Guard" { fixed_count = 1, wait = constant(0.05), task { "look", function(self) self.http:get("/", { name = "look" }) end } }
                """#
            let (names, tasks, ends) = try await onOwnThread {
                let fleet = try LocustFleet(script: script)
                let export = try CicadaCall.now(["export", "locustfile", "\(fleet.folder.path)/shop.lua"])
                let master = try fleet.startWebMaster(locustfile: export.output)
                try fleet.startWorker()
                try fleet.waitFor("a worker") { $0.workers.count == 1 }
                try fleet.swarm(users: 5)
                let statistics = try fleet.waitFor("users and requests of both") {
                    $0.users == 5 && $0.stats.count == 3 && $0.stats.allSatisfy { $0.requests > 5 }
                }
                let tasks = try master.get("/tasks").body
                return (statistics.stats.map(\.name), tasks, try fleet.finish().workers.map(\.exitCode))
            }
            #expect(names.sorted() == ["/", "Aggregated", "look"] && ends == [0], "\(names) \(ends)")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(tasks.utf8)) as? [String: [String: [String: Any]]])
            #expect(
                document["total"]?["Alpha"]?["ratio"] as? Double == 0.8 && document["total"]?["Guard"]?["ratio"] as? Double == 0.2,
                "\(tasks)")
        }

        @Test func namesThatPythonDoesNotTakeAreRefused() async throws {
            for (name, hint) in [("two words", "two_words"), ("7up", "_7up"), ("class", "class_"), ("Grüße", "Gr"), ("locust", "Locust")] {
                let folder = try TestFolder()
                let script = try folder.file("s.lua", "user \"\(name)\" { task { \"t\", function(self) end } }")
                let end = try await CicadaCall.run(["export", "locustfile", script])
                #expect(end.exitCode == 2 && end.output.isEmpty, "\(end)")
                #expect(end.errors.contains("user class \"\(name)\" cannot be one of a locustfile") && end.errors.contains(hint), "\(end)")
            }
            let broken = try await CicadaCall.run(["export", "locustfile", "/nowhere.lua"])
            #expect(broken.exitCode == 2 && broken.errors.contains("/nowhere.lua"), "\(broken)")
        }
    }
}
