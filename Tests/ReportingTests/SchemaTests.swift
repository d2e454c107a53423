import Foundation
import Judgement
import Statistics
import Testing

@testable import Reporting

/// Holds what `--json` writes against docs/result.schema.json, by those keywords of JSON Schema that it uses.
struct SchemaTests {
    private let whole: [String: Any]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "docs/result.schema.json"))
        whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// What is wrong with a value, one line each. Members that the schema does not know are wrong, too: they are to be described.
    private func complaints(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = String(reference.split(separator: "/").last ?? "")
            let definitions = whole["$defs"] as? [String: Any]
            guard let target = definitions?[name] as? [String: Any] else { return ["\(path): no definition of \(reference)"] }
            return complaints(value, target, at: path)
        }
        if let all = schema["allOf"] as? [[String: Any]] { return complaints(value, merged(all), at: path) }
        var found: [String] = []
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
        if let types, !types.contains(where: { isType(value, $0) }) { found.append("\(path): is no \(types)") }
        if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
            found.append("\(path): is none of \(allowed)")
        }
        if let only = schema["const"] as? NSObject, only != value as? NSObject { found.append("\(path): is not \(only)") }
        if let least = schema["minimum"] as? Double, let number = value as? Double, number < least {
            found.append("\(path): is below \(least)")
        }
        if let object = value as? [String: Any] { found += complaints(object: object, schema, at: path) }
        if let array = value as? [Any] {
            let positions = schema["prefixItems"] as? [[String: Any]]
            for (index, item) in array.enumerated() {
                let own = positions.map { index < $0.count ? $0[index] : [:] } ?? schema["items"] as? [String: Any]
                found += own.map { complaints(item, $0, at: "\(path)[\(index)]") } ?? ["\(path)[\(index)]: is not described"]
            }
        }
        return found
    }

    private func complaints(object: [String: Any], _ schema: [String: Any], at path: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        let patterns = schema["patternProperties"] as? [String: [String: Any]] ?? [:]
        var found = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map { "\(path).\($0): is missing" }
        for (key, member) in object {
            let pattern = patterns.first { key.range(of: $0.key, options: .regularExpression) != nil }?.value
            guard let own = properties[key] ?? pattern else {
                found.append("\(path).\(key): is not described")
                continue
            }
            found += complaints(member, own, at: "\(path).\(key)")
        }
        return found
    }

    private func merged(_ schemas: [[String: Any]]) -> [String: Any] {
        var properties: [String: Any] = [:]
        var required: [String] = []
        for schema in schemas {
            let name = (schema["$ref"] as? String)?.split(separator: "/").last.map(String.init)
            let own = name.flatMap { (whole["$defs"] as? [String: [String: Any]])?[$0] } ?? schema
            properties.merge(own["properties"] as? [String: Any] ?? [:]) { first, _ in first }
            required += own["required"] as? [String] ?? []
        }
        return ["type": "object", "properties": properties, "required": required]
    }

    private func isType(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "null": return value is NSNull
        case "number": return value is NSNumber
        case "integer": return (value as? Double).map { $0 == $0.rounded() } ?? false
        default: return false
        }
    }

    private func complaints(_ text: String) throws -> [String] {
        complaints(try JSONSerialization.jsonObject(with: Data(text.utf8)), whole, at: "result")
    }

    @Test func whatIsWrittenIsDescribed() throws {
        var info = SampleRun.info
        info.dataUse = [DataUseRow(file: "a.csv", rows: 10, drawn: 3, left: 7), DataUseRow(file: "b.jsonl", rows: 1, drawn: 9)]
        info.earlierLosses = ["w": 5]
        info.assessment = Assessment([Finding(.suspect, rule: "r", cause: "c", remedy: "d", figures: [.init("lag_p99_ms", 2.5)])])
        var worker = WorkerEvidence(name: "worker-1")
        (worker.health, worker.clockOffset) = (WorkerHealth(), -5)
        worker.startError = .init(nanoseconds: -7, uncertainty: 3)
        info.workerEvidence = [worker, WorkerEvidence(name: "worker-2")]
        #expect(try complaints(JSONReport.text(SampleRun.measuredResult(), info)) == [])
        #expect(try complaints(JSONReport.text(SampleRun.result(), SampleRun.info)) == [])
        #expect(try complaints(JSONReport.text(.init(), SampleRun.info)) == [])
        #expect(try complaints(JSONReport.text(SampleRun.openResult(dropped: 100), SampleRun.openInfo)) == [])
    }

    @Test func whatIsNotDescribedIsFound() throws {
        let text = JSONReport.text(SampleRun.measuredResult(), SampleRun.info)
        let damages = [
            ("\"sum_per_s\":", "\"sum_per_m\":"), ("\"count\": 2000", "\"count\": \"2000\""), ("\"POST\"", "\"PAST\""),
            ("\"format_version\": 1", "\"format_version\": 2"), ("\"histogram_us\": [[", "\"histogram_us\": [[-"),
        ]
        for (sound, damaged) in damages {
            #expect(try !complaints(text.replacing(sound, with: damaged)).isEmpty, "\(damaged)")
        }
    }
}
