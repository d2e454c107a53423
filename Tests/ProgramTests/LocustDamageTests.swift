import Foundation
import LocustLink
import TestServers
import Testing
import Wire

extension LocustTests {
    /// What Locust's own master does not bear (or counts wrongly) at the port of a Cicada master, with a real worker that must not notice.
    struct LocustDamageTests {
        @Test func damageStrangersAndGhostsChangeNothing() async throws {
            let (outcome, errors, heard) = try await onOwnThread {
                let run = try LocustFleetRun(["--expect-workers", "2", "-u", "4", "-r", "4", "-t", "7s"])
                try run.addWorker()
                let fake = try LocustStranger(port: run.port, id: "fake_1")
                fake.say(.ready(version: "2.47.0"))
                guard fake.hears({ $0 == .acknowledge(index: 0) || $0 == .acknowledge(index: 1) }) else {
                    throw RawConnectionError(what: run.master.errors)
                }
                fake.say(LocustStranger.report(11, name: "/before"))
                guard fake.hears({ if case .spawn = $0 { true } else { false } }) else { throw RawConnectionError(what: run.master.errors) }
                fake.say(.spawning)
                // One report, and damage behind it: Locust's master counts 28.
                fake.say(LocustStranger.report(7, name: "/fake"))
                for bytes in LocustStranger.damage(id: fake.id) { fake.send(bytes) }
                let ghost = try LocustStranger(port: run.port, id: "ghost_1")
                for bytes in LocustStranger.damage(id: ghost.id) { ghost.send(bytes) }
                ghost.say(LocustStranger.report(7, name: "/ghost"))
                ghost.say(LocustStranger.report(7, name: "/forged"), as: fake.id)
                ghost.say(.quit, as: fake.id)
                ghost.say(.exception(message: "m", traceback: "t"))
                ghost.say(.spawning)
                let isDismissed = ghost.hears { $0 == .quit }
                fake.say(.heartbeat(LocustHeartbeat(activity: .running)))
                let isEchoed = fake.hears { $0 == .heartbeat }
                guard fake.hears({ $0 == .quit }) else { throw RawConnectionError(what: run.master.errors) }
                // What comes last counts too.
                fake.say(LocustStranger.report(4, name: "/late"))
                fake.say(.quit)
                let outcome = try run.finish()
                let requests = outcome.result["requests"] as? [[String: Any]] ?? []
                let names = requests.compactMap { $0["name"] as? String }
                return (Summary(outcome), outcome.end.errors, (isDismissed, isEchoed, names))
            }
            #expect(outcome.exitCode == 0, "\(errors)")
            #expect(outcome.requests == outcome.counted + 11, "\(outcome) \(heard) \(errors)")
            #expect(heard.0 && heard.1 && heard.2.contains("/fake") && heard.2.contains("/late"), "\(heard)")
            #expect(!heard.2.contains { ["/ghost", "/forged", "/before"].contains($0) }, "\(heard)")
            #expect(errors.contains("turned away, without effect on the result"), "\(errors)")
            #expect(!errors.contains("cannot be read and was dropped: \n"))
        }

        @Test func cicadasWorkersAreRefusedWithTheReason() async throws {
            let (worker, errors) = try await onOwnThread {
                let run = try LocustFleetRun(["-u", "1", "-t", "1s", "--expect-workers-max-wait", "6s"])
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let worker = try RunningProgram(path: path, ["worker", "--plain", "--master-port", "\(run.port)"])
                let end = try worker.waitForEnd(atMost: 20)
                return (end, try run.finish().end.errors)
            }
            #expect(worker.exitCode == 3 && worker.errors.contains("this master takes Locust's workers"), "\(worker.errors)")
            #expect(errors.contains("is Cicada's, and this master takes Locust's workers"), "\(errors)")
        }

        @Test func aLocustWorkerAtAMasterOfCicadasIsToldApart() async throws {
            let errors = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                let port = Loopback.freePort()
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let master = try RunningProgram(
                    path: path,
                    ["master", script, "--host", "http://127.0.0.1:1", "--plain", "--port", "\(port)", "--expect-workers-max-wait", "8s"])
                let worker = try LocustProgram.worker(LocustFleetRun.locustfile, port: port)
                guard worker.program.writes("Got quit message from master") else { throw RawConnectionError(what: worker.program.errors) }
                return try master.waitForEnd(atMost: 20).errors
            }
            #expect(errors.contains("a Locust worker spoke: this master takes Cicada workers; start it with --locust-port"), "\(errors)")
        }

        @Test(arguments: [
            (["--arrival-rate", "10/s"], "--arrival-rate cannot be used with --locust-port"),
            (["--iterations", "5"], "--iterations cannot be used"),
            (["--state", "/tmp"], "--state cannot be used"), (["--locust-classes", "3x"], "'3x' is neither"),
            (["--locust-classes", "A,A"], "there twice"), (["--locust-option", "x"], "name=value"), (["--warm-up", "5s"], "every 3 s"),
        ]) func whatMakesNoSenseIsRefused(arguments: [String], words: String) async throws {
            let classes = arguments[0] == "--locust-classes" ? [] : ["--locust-classes", "Alpha"]
            let end = try await CicadaCall.run(["master", "--locust-port", "0"] + classes + arguments)
            #expect(end.exitCode == 2 && end.errors.contains(words), "\(end.errors)")
        }

        @Test func classesAndScriptAreNotBothGiven() async throws {
            let without = try await CicadaCall.run(["master", "--locust-port", "0"])
            #expect(without.exitCode == 2 && without.errors.contains("--locust-classes 'Alpha:3,Beta:1'"), "\(without.errors)")
            let both = try await CicadaCall.run(["master", "x.lua", "--locust-port", "0", "--locust-classes", "A"])
            #expect(both.exitCode == 2 && both.errors.contains("leave the script x.lua out"), "\(both.errors)")
            let alone = try await CicadaCall.run(["master", "x.lua", "--locust-classes", "A"])
            #expect(alone.exitCode == 2 && alone.errors.contains("leave the script x.lua out"), "\(alone.errors)")
            let option = try await CicadaCall.run(["master", "x.lua", "--locust-option", "a=b"])
            #expect(option.exitCode == 2 && option.errors.contains("give --locust-classes too"), "\(option.errors)")
        }

        /// Locust has one port, and its own names for it.
        @Test func theirPortMayBeNamedAsLocustNamesIt() async throws {
            let classes = ["master", "--locust-classes", "A", "--expect-workers-max-wait", "100ms"]
            let port = "\(Loopback.freePort())"
            for (arguments, variables) in [
                (["--master-bind-port", port], [:]), ([], ["LOCUST_MASTER_BIND_PORT": port]),
                (["--locust-port", port], ["LOCUST_MASTER_BIND_PORT": "1"]), (["--locust-port", port, "--master-bind-port", port], [:]),
            ] {
                let end = try await CicadaCall.run(classes + arguments, environment: variables)
                #expect(end.exitCode == 3 && end.errors.contains("listening on 127.0.0.1:\(port) for Locust's workers"), "\(end.errors)")
            }
            let two = try await CicadaCall.run(classes + ["--locust-port", port, "--port", "1"])
            #expect(two.exitCode == 2 && two.errors.contains("--locust-port and --port name two ports"), "\(two.errors)")
        }
    }
}
