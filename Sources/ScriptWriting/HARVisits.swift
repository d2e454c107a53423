/// The entries of a recording, put into order: by page, without what a script need not repeat.
struct HARVisits {
    /// A request of a visit.
    struct Entry {
        var request: RecordedRequest
        /// An image, a style, a script, a font.
        var isStatic: Bool
        /// Seconds since the request before had its answer, rounded; nil: none worth a line.
        var pauseBefore: Double?
    }

    /// The requests of a page.
    struct Visit {
        var name: String
        var entries: [Entry] = []
        /// Seconds until the next page.
        var pauseBehind: Double?
    }

    /// What is not in the script, and how often.
    struct LeftOut {
        var statics = 0
        var redirects = 0
        var preflights = 0
        var unanswered = 0
        var notHTTP = 0

        /// `12 static files`, …
        var words: [String] {
            func count(_ number: Int, _ one: String, _ many: String) -> String? {
                number == 0 ? nil : "\(number) \(number == 1 ? one : many)"
            }
            return [
                count(statics, "static file", "static files"),
                count(redirects, "request that follows a redirect by itself", "requests that follow redirects by themselves"),
                count(preflights, "CORS preflight", "CORS preflights"),
                count(unanswered, "request without an answer", "requests without an answer"),
                count(notHTTP, "entry that is not HTTP", "entries that are not HTTP"),
            ].compactMap { $0 }
        }
    }

    private(set) var visits: [Visit] = []
    private(set) var leftOut = LeftOut()
    /// Names of cookies that answers have set, in the order of their appearance.
    private(set) var cookies: [String] = []

    private let recording: HARFile.Log
    private let keepsStatic: Bool

    init(_ recording: HARFile.Log, keepsStatic: Bool) {
        self.recording = recording
        self.keepsStatic = keepsStatic
    }

    /// Whether there is any pause in it.
    var hasPauses: Bool { visits.contains { $0.pauseBehind != nil || $0.entries.contains { $0.pauseBefore != nil } } }

    /// An entry on its way into a visit.
    private struct Candidate {
        var entry: HARFile.Entry
        var request: RecordedRequest
        var isStatic: Bool
        /// Seconds since 1970.
        var start: Double?
        var end: Double? { start.map { $0 + max(0, entry.time ?? 0) / 1000 } }
    }

    /// Does the work.
    mutating func group() {
        let kept = candidates()
        let titles = Dictionary((recording.pages ?? []).map { ($0.id, $0.title ?? "") }, uniquingKeysWith: { first, _ in first })
        var order: [String] = []
        var groups: [String: [Candidate]] = [:]
        for candidate in kept {
            let page = candidate.entry.pageref ?? ""
            if groups[page] == nil { order.append(page) }
            groups[page, default: []].append(candidate)
        }
        var lastEnd: Double?
        for page in order {
            guard let group = groups[page] else { continue }
            let document = group.first { !$0.isStatic } ?? group[0]
            let title = titles[page] ?? ""
            // Browsers title a page that has none with its URL.
            let isTitled = !title.isEmpty && !title.contains("://")
            var visit = Visit(name: isTitled ? title : document.request.url.path)
            if let lastEnd, let start = group.first?.start, !visits.isEmpty {
                visits[visits.count - 1].pauseBehind = Self.pause(start - lastEnd)
            }
            var end: Double?
            for candidate in group {
                let gap = candidate.start.flatMap { start in end.map { start - $0 } }
                visit.entries.append(
                    Entry(
                        request: candidate.request, isStatic: candidate.isStatic,
                        pauseBefore: candidate.isStatic ? nil : gap.flatMap(Self.pause)))
                end = [end, candidate.end].compactMap { $0 }.max()
            }
            lastEnd = [lastEnd, end].compactMap { $0 }.max()
            visits.append(visit)
        }
    }

    /// A pause as it is written: rounded to tenths, longer ones to seconds.
    private static func pause(_ seconds: Double) -> Double? {
        guard seconds >= HARImport.shortestPause else { return nil }
        let bounded = min(seconds, HARImport.longestPause)
        return bounded < 10 ? (bounded * 10).rounded() / 10 : bounded.rounded()
    }

    // MARK: - What is kept

    private mutating func candidates() -> [Candidate] {
        let entries = recording.entries.enumerated().map {
            (offset: $0.offset, start: HARTime.seconds($0.element.startedDateTime), entry: $0.element)
        }
        let ordered = entries.sorted { ($0.start ?? 0, $0.offset) < ($1.start ?? 0, $1.offset) }
        var followed: Set<String> = []
        var kept: [Candidate] = []
        for (_, start, entry) in ordered {
            let method = entry.request.method.uppercased()
            guard let url = RecordedURL(entry.request.url), entry.request.url.lowercased().hasPrefix("http"), method != "CONNECT" else {
                leftOut.notHTTP += 1
                continue
            }
            let headers = (entry.request.headers ?? []).map { RecordedRequest.Pair($0.name, $0.value) }
            if method == "OPTIONS", headers.contains(where: { $0.name.lowercased() == "access-control-request-method" }) {
                leftOut.preflights += 1
                continue
            }
            let answered = (entry.response?.status ?? 0) > 0
            if entry.response != nil, !answered {
                leftOut.unanswered += 1
                continue
            }
            noteCookies(entry)
            let isRepeat = followed.remove(Self.key(url)) != nil
            if let target = Self.redirect(of: entry, from: url) { followed.insert(Self.key(target)) }
            if isRepeat {
                leftOut.redirects += 1
                continue
            }
            let isStatic = Self.isStatic(entry, method: method, url: url)
            if isStatic, !keepsStatic {
                leftOut.statics += 1
                continue
            }
            var request = RecordedRequest(method: method, url: url)
            request.headers = headers.filter { $0.name.lowercased() != "cookie" }
            Self.putBody(of: entry.request, into: &request)
            request.noteUnwrittenBody()
            kept.append(Candidate(entry: entry, request: request, isStatic: isStatic, start: start))
        }
        return kept
    }

    private static func key(_ url: RecordedURL) -> String { "\(url.origin)\(url.path)?\(url.query ?? "")" }

    private static func redirect(of entry: HARFile.Entry, from url: RecordedURL) -> RecordedURL? {
        guard let response = entry.response, [301, 302, 303, 307, 308].contains(response.status ?? 0) else { return nil }
        let location = response.headers?.first { $0.name.lowercased() == "location" }?.value
        guard let target = [response.redirectURL, location].compactMap({ $0 }).first(where: { !$0.isEmpty }) else { return nil }
        if target.contains("://") { return RecordedURL(target) }
        if target.hasPrefix("/") { return RecordedURL(url.origin + target) }
        let folder = url.path[...(url.path.lastIndex(of: "/") ?? url.path.startIndex)]
        return RecordedURL("\(url.origin)\(folder)\(target)")
    }

    private mutating func noteCookies(_ entry: HARFile.Entry) {
        for header in entry.response?.headers ?? [] where header.name.lowercased() == "set-cookie" {
            // Chrome puts several into one value, a line each.
            for line in header.value.split(whereSeparator: \.isNewline) {
                let name = String(line.prefix { $0 != "=" && $0 != ";" })
                if !name.isEmpty, name.count <= 60, !cookies.contains(name) { cookies.append(name) }
            }
        }
    }

    private static func isStatic(_ entry: HARFile.Entry, method: String, url: RecordedURL) -> Bool {
        guard method == "GET" || method == "HEAD" else { return false }
        if let type = entry.resourceType?.lowercased() {
            if ["image", "stylesheet", "script", "font", "media", "manifest", "texttrack", "ping"].contains(type) { return true }
            if ["xhr", "fetch", "document"].contains(type) { return false }
        }
        let type = (entry.response?.content?.mimeType ?? "").lowercased()
        if ["image/", "font/", "text/css", "video/", "audio/", "application/font", "application/wasm"].contains(where: type.hasPrefix) {
            return true
        }
        if type.contains("javascript") || type.contains("ecmascript") { return true }
        let name = url.path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: ".") else { return false }
        return endings.contains(name[name.index(after: dot)...].lowercased())
    }

    private static let endings: Set<String> = [
        "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "woff", "woff2", "ttf", "otf", "eot", "mp4",
        "webm",
        "mp3", "wasm",
    ]

    private static func putBody(of recorded: HARFile.Request, into request: inout RecordedRequest) {
        guard let data = recorded.postData else { return }
        if request.header("content-type") == nil, let type = data.mimeType, !type.isEmpty {
            request.headers.append(RecordedRequest.Pair("Content-Type", type))
        }
        let parameters = data.params ?? []
        if request.mediaType == "multipart/form-data" {
            let parts =
                parameters.isEmpty
                ? MultipartText.parts(data.text ?? "", contentType: request.header("content-type") ?? "")
                : parameters.map {
                    RecordedRequest.Part(name: $0.name, value: $0.value ?? "", fileName: $0.fileName, contentType: $0.contentType)
                }
            if let parts {
                request.body = .multipart(parts)
                if parts.contains(where: { $0.fileName != nil && $0.value.isEmpty }) {
                    request.remarks.append("the recording does not hold the files' contents: give data, or file(\"…\") at the top level")
                }
                return
            }
        }
        if let text = data.text, !text.isEmpty {
            request.body = .text(text)
        } else if !parameters.isEmpty {
            request.body = .text(
                parameters.map { "\(PercentText.encoded($0.name))=\(PercentText.encoded($0.value ?? ""))" }.joined(separator: "&"))
        }
    }
}
