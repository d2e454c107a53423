/// A script made of a browser's recording (HAR 1.2).
package enum HARImport {
    /// What is written beside the pages' own requests.
    package struct Options: Sendable {
        /// Images, styles, scripts and fonts as well, each group of them at once.
        package var keepsStatic = false

        package init(keepsStatic: Bool = false) { self.keepsStatic = keepsStatic }
    }

    /// The largest file that is read, in bytes.
    package static let largestSize = HARFile.largestSize

    /// Gaps between requests that are shorter are not worth a line.
    static let shortestPause = 0.3
    /// Longer ones are somebody who went away.
    static let longestPause = 60.0

    /// Writes the script. `file` names the source in messages and in the script. Throws an `ImportError`.
    package static func script(of bytes: [UInt8], file: String, options: Options = Options()) throws(ImportError) -> String {
        let recording = try HARFile(bytes, file: file).log
        var visits = HARVisits(recording, keepsStatic: options.keepsStatic)
        visits.group()
        let requests = visits.visits.flatMap { $0.entries.map(\.request) }
        if requests.isEmpty {
            throw ImportError(
                "there is no request to import\(visits.leftOut.words.isEmpty ? "" : " (left out: \(visits.leftOut.words.joined(separator: ", ")))")",
                at: file, remedy: "record a visit with the network tab open and save it")
        }
        return draft(of: visits, recording: recording, requests: requests, file: file, keepsStatic: options.keepsStatic).text
    }

    private static func draft(
        of visits: HARVisits, recording: HARFile.Log, requests: [RecordedRequest], file: String, keepsStatic: Bool
    ) -> ScriptDraft {
        let host = Origins.most(of: requests)
        var writer = RequestWriter(host: host)
        let names = RequestNames(paths: requests.map { SecretText.shown($0.url.path) })
        var taskNames = TaskNames()
        var draft = ScriptDraft()
        draft.host = writer.expression(host, at: "host")
        var unknownMethods = 0
        for visit in visits.visits {
            var steps: [ScriptDraft.Step] = []
            var batch: [LuaExpression] = []
            func endBatch() {
                if !batch.isEmpty { steps.append(.batch(batch)) }
                batch = []
            }
            for entry in visit.entries {
                guard let call = writer.call(entry.request, name: names.name(of: SecretText.shown(entry.request.url.path))) else {
                    unknownMethods += 1
                    continue
                }
                if entry.isStatic {
                    var item: [LuaExpression] = [.code(LuaText.quoted(entry.request.method)), call.url]
                    if !call.options.isEmpty { item.append(.table(call.options)) }
                    if batch.count == 100 { endBatch() }
                    batch.append(.list(item))
                    continue
                }
                endBatch()
                if let pause = entry.pauseBefore { steps.append(.sleep(seconds: pause)) }
                for remark in entry.request.remarks { steps.append(.comment(remark)) }
                steps.append(.call(method: call.method.text.lowercased(), url: call.url, options: call.options))
            }
            endBatch()
            if let pause = visit.pauseBehind { steps.append(.sleep(seconds: pause)) }
            draft.tasks.append(ScriptDraft.Task(name: taskNames.unique(SecretText.shown(visit.name)), steps: steps))
        }
        draft.secrets = writer.secrets
        draft.suspects = writer.suspects
        draft.comments = comments(
            visits, recording: recording, requests: requests.count, unknownMethods: unknownMethods, file: file, keepsStatic: keepsStatic)
        return draft
    }

    private static func comments(
        _ visits: HARVisits, recording: HARFile.Log, requests: Int, unknownMethods: Int, file: String, keepsStatic: Bool
    ) -> [String] {
        let by = (recording.browser ?? recording.creator).map { ", recorded by \($0.name)\($0.version.map { " \($0)" } ?? "")" } ?? ""
        let pages = visits.visits.count
        var lines = [
            "Written by cicada import har: \(requests == 1 ? "1 request" : "\(requests) requests") in \(pages == 1 ? "1 page" : "\(pages) pages") from \(file)\(by)."
        ]
        var left = visits.leftOut.words
        if unknownMethods > 0 { left.append("\(unknownMethods) with a method that scripts do not have") }
        if !left.isEmpty { lines.append("Left out: \(left.joined(separator: ", ")).") }
        if visits.leftOut.statics > 0 { lines.append("Static files are kept with --static.") }
        if !visits.cookies.isEmpty {
            let shown = visits.cookies.prefix(5).joined(separator: ", ") + (visits.cookies.count > 5 ? " and others" : "")
            lines.append("Cookies (\(shown)) come with the answers; each user keeps its own, so none are written here.")
        }
        if visits.hasPauses { lines.append("The sleeps are the pauses of the recording, at most \(Int(longestPause)) s.") }
        return lines
    }
}
