import Glibc
import LoadModel

/// A value that a flag, its environment variable or the configuration file gives: the first of these that has it.
struct Setting {
    /// As the user wrote it, or nil.
    let text: String?
    /// Where it came from, for messages: `--users`, `CICADA_USERS`, or `users (cicada.yaml:3:8)`.
    let source: String
    /// Which of the three it was; nil: none.
    let origin: Origin?

    /// Where a setting can come from, the weakest first.
    enum Origin: Int, CaseIterable { case file, variable, flag }

    /// `flag` is the long name with dashes; its variable is `CICADA_` and the name in capitals, or else Locust's; its key in the file is the name without
    /// dashes.
    init(_ flag: String, _ value: String?) {
        self.init(flag: flag, value: value)
        TestHooks.trace(self, flag: flag)
    }

    /// The same, or else what a variable says that others set.
    init(_ flag: String, _ value: String?, otherwise variable: String) {
        self.init(flag, value)
        if text == nil, let value = getenv(variable).map({ String(cString: $0) }), !value.isEmpty {
            self = Setting(text: value, source: variable, origin: .variable)
        }
    }

    private init(text: String?, source: String, origin: Origin?) {
        (self.text, self.source, self.origin) = (text, source, origin)
    }

    private init(flag: String, value: String?) {
        let variable = Setting.variable(of: flag)
        if let value {
            (text, source, origin) = (value, flag, .flag)
        } else if let value = getenv(variable).map({ String(cString: $0) }), !value.isEmpty,
            !Setting.isKubernetesAddress(value, in: variable)
        {
            (text, source, origin) = (value, variable, .variable)
        } else if let found = LocustVariables.value(of: flag), !Setting.isKubernetesAddress(found.text, in: found.variable) {
            (text, source, origin) = (found.text, found.variable, .variable)
        } else if let entry = ConfigurationFile.current?.entries[String(flag.drop { $0 == "-" })] {
            (text, source, origin) = (entry.text, "\(flag.drop { $0 == "-" }) (\(entry.place))", .file)
        } else {
            (text, source, origin) = (nil, flag, nil)
        }
    }

    /// `--stop-timeout` → `CICADA_STOP_TIMEOUT`.
    static func variable(of flag: String) -> String {
        "CICADA_" + flag.drop { $0 == "-" }.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// In every pod Kubernetes sets `CICADA_PORT=tcp://10.96.0.5:5557` when there is a Service named `cicada`, and `CICADA_MASTER_PORT` for one named
    /// `cicada-master`: nobody's setting.
    private static func isKubernetesAddress(_ value: String, in variable: String) -> Bool {
        variable.hasSuffix("_PORT") && ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
    }

    /// A switch: set when the flag is given, or else its variable or key is `1`, `true` or `yes`.
    static func isOn(_ flag: String, _ given: Bool) throws -> Bool {
        if given {
            _ = Setting(flag, "true")
            return true
        }
        let setting = Setting(flag, nil)
        switch setting.text?.lowercased() {
        case nil, "0", "false", "no": return false
        case "1", "true", "yes": return true
        default: throw setting.wrong("true or false")
        }
    }

    /// A whole number in a range.
    func integer(_ range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            let upper = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
            throw wrong("a whole number of at least \(range.lowerBound)\(upper)")
        }
        return value
    }

    /// A rate per second of `things`.
    func rate(default fallback: Double, of things: String = "users") throws -> Double {
        guard let text else { return fallback }
        guard let value = Double(text), value.isFinite, value > 0, value <= 1e9 else {
            throw wrong("a number above 0: \(things) per second, such as 100 or 0.5")
        }
        return value
    }

    /// A duration, in nanoseconds.
    func duration() throws -> Int64? {
        guard let text else { return nil }
        guard let value = DurationText.nanoseconds(text), value <= LoadBounds.longestNanoseconds else {
            throw wrong("a duration such as 20 (seconds), 20s, 3m, 1h30m or 500ms, at most 100000h")
        }
        return value
    }

    /// One of a few words.
    func word<Value: RawRepresentable & CaseIterable>(of type: Value.Type) throws -> Value? where Value.RawValue == String {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            throw wrong("one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    /// The error for a value that cannot be used.
    func wrong(_ expectation: String) -> Failure { .usage("\(source) is '\(text ?? "")'; it must be \(expectation).") }
}
