import ArgumentParser
import Cluster
import Statistics
import Reporting
struct Outputs { var csvPrefix: String?; var jsonFile: String?; func checkWritable() throws {}; func write(_ r: RunResult, info: RunInfo) throws {} }
extension RunSetup { func summary(of r: RunResult, info: RunInfo, lagNanoseconds: Int64) -> String {
 "\(r.total().requests) requests \(r.total().failures) failures\n" } }
struct LiveDisplay { let setup: RunSetup; let log: Log
 func begin() { print(setup.heading) }
 func end() {}
 func logFromScript(_ s: String) { print(s) }
 func show(_ p: LocalRun.Progress) { print(p.users, p.result.total().requests, p.result.total().failures) } }
