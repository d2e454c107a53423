import CLuaBridge
import LoadModel

extension WaitTime {
    /// The wait that a script declared with `constant`, `between`, `poisson`, `pacing` or `throughput`.
    init(_ wait: cicada_wait) {
        let from = Int64((wait.from * 1e9).rounded())
        switch wait.kind {
        case CICADA_WAIT_EXPONENTIAL: self = .exponential(meanNanoseconds: max(1, from))
        case CICADA_WAIT_SCHEDULE: self = .schedule(intervalNanoseconds: max(1, from), catchesUp: wait.catches_up)
        default:
            let to = Int64((wait.to * 1e9).rounded())
            self = from == to ? .constant(nanoseconds: from) : .between(nanoseconds: from...to)
        }
    }
}

extension TableFields {
    /// `fixed_count`: a whole number from 1; nil when missing.
    func fixedCount() throws(ScriptError) -> Int? {
        guard let value = self["fixed_count"] else { return nil }
        guard case .number(let number) = value, let count = Int(exactly: number), (1...10_000_000).contains(count) else {
            throw error(
                "fixed_count", "fixed_count of \(owner) must be a whole number from 1 to 10000000, not \(value.wordsAmongNumbers)",
                "write fixed_count = 10, or weight = 1 for a share of the users")
        }
        if self["weight"] != nil {
            throw error(
                "fixed_count", "\(owner) has both weight and fixed_count", "keep one: fixed_count is a number of users, weight a share")
        }
        return count
    }

    /// `rounds`: a whole number from 1, or between() two; 1 when missing.
    func rounds() throws(ScriptError) -> ClosedRange<Int> {
        guard let value = self["rounds"] else { return 1...1 }
        var bounds: (Double, Double)?
        if case .number(let number) = value { bounds = (number, number) }
        if case .wait(let wait) = value, wait.kind == CICADA_WAIT_RANGE { bounds = (wait.from, wait.to) }
        guard let bounds, let from = Int(exactly: bounds.0), let to = Int(exactly: bounds.1), from >= 1, to <= 1_000_000_000 else {
            throw error(
                "rounds", "rounds of \(owner) must be a whole number from 1, or between(1, 5), not \(value.wordsAmongNumbers)",
                "write rounds = 3 or rounds = between(2, 5)")
        }
        return from...to
    }

    /// `tags`: a text or a list of texts; empty when missing.
    func tags() throws(ScriptError) -> Set<String> {
        guard let value = self["tags"] else { return [] }
        func problem(_ what: String) -> ScriptError {
            error("tags", "tags of \(owner) \(what)", "write tags = \"slow\" or tags = { \"slow\", \"read\" }")
        }
        var items = [value]
        if let table = table("tags") {
            if let name = table.fields.keys.min() { throw problem("must be a list, but there is a field '\(name)'") }
            items = table.items
        }
        var tags: Set<String> = []
        for item in items {
            guard case .text(let tag) = item else { throw problem("must be texts, not \(item.words)") }
            if tag.isEmpty || tag.utf8.count > 200 || tag.utf8.contains(where: { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: ",") }) {
                throw problem("cannot be \"\(tag)\": a tag is a word without spaces and commas")
            }
            tags.insert(tag)
        }
        return tags
    }

    /// `proxy` and `certificate`.
    func profile() throws(ScriptError) -> ConnectionProfile {
        ConnectionProfile(proxy: try proxy(), certificate: try certificate())
    }

    private func proxy() throws(ScriptError) -> String? {
        let example = "proxy = \"http://proxy:3128\""
        guard let proxy = try text("proxy", example: example) else { return nil }
        let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
        let scheme = schemes.first { proxy.hasPrefix("\($0)://") && proxy.utf8.count > $0.utf8.count + 3 }
        if scheme == nil || proxy.utf8.contains(where: { $0 <= 32 || $0 == 127 }) {
            throw error(
                "proxy", "proxy of \(owner) is no URL of a proxy: \"\(proxy)\"",
                "write \(example), or with \(schemes.joined(separator: ", "))")
        }
        return proxy
    }

    private func certificate() throws(ScriptError) -> ClientCertificate? {
        guard let value = self["certificate"] else { return nil }
        let remedy = "write certificate = { cert = file(\"client.pem\"), key = file(\"client.key\") }"
        guard let fields = table("certificate") else {
            throw error("certificate", "certificate of \(owner) must be a table, not \(value.words)", remedy)
        }
        let known = ["cert", "key", "password"]
        for name in fields.fields.keys.sorted() where !known.contains(name) {
            throw error("certificate", "certificate of \(owner) has no field '\(name)'", Suggestion.remedy(for: name, among: known))
        }
        if let item = fields.items.first { throw error("certificate", "certificate of \(owner) has \(item.words) without a name", remedy) }
        func text(_ name: String) throws(ScriptError) -> String? {
            guard let value = fields.fields[name] else { return nil }
            guard case .text(let text) = value else {
                throw error("certificate", "\(name) of the certificate of \(owner) must be a text, not \(value.words)", remedy)
            }
            if name != "password", !text.contains("-----BEGIN ") {
                throw error("certificate", "\(name) of the certificate of \(owner) is no PEM text", remedy)
            }
            return text
        }
        guard let certificate = try text("cert") else { throw error("certificate", "certificate of \(owner) has no cert", remedy) }
        return ClientCertificate(
            certificate: Array(certificate.utf8), key: Array((try text("key") ?? "").utf8), password: try text("password"))
    }

    /// A field that is a text; nil when missing.
    func text(_ name: String, example: String) throws(ScriptError) -> String? {
        guard let value = self[name] else { return nil }
        guard case .text(let text) = value else {
            throw error(name, "\(name) of \(owner) must be a text, not \(value.words)", "write \(example)")
        }
        return text
    }

    /// A field that is true or false; nil when missing.
    func flag(_ name: String) throws(ScriptError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard case .flag(let flag) = value else {
            throw error(name, "\(name) of \(owner) must be true or false, not \(value.words)", "write \(name) = false")
        }
        return flag
    }

    /// A field that is one of some words; nil when missing.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, _: Word.Type) throws(ScriptError) -> Word?
    where Word.RawValue == String {
        guard let value = self[name] else { return nil }
        let known = Word.allCases.map(\.rawValue)
        guard case .text(let text) = value else {
            throw error(name, "\(name) of \(owner) must be a text, not \(value.words)", "there are: \(known.joined(separator: ", "))")
        }
        guard let word = Word(rawValue: text) else {
            throw error(name, "\(name) of \(owner) cannot be \"\(text)\"", Suggestion.remedy(for: text, among: known))
        }
        return word
    }
}
