import Glibc

/// Locust's variables of the environment. They come after Cicada's own, and before the configuration file.
enum LocustVariables {
    /// Those of the same meaning, by our option.
    static let names = [
        "--host": "LOCUST_HOST", "--users": "LOCUST_USERS", "--spawn-rate": "LOCUST_SPAWN_RATE", "--run-time": "LOCUST_RUN_TIME",
        "--stop-timeout": "LOCUST_STOP_TIMEOUT", "--tags": "LOCUST_TAGS", "--exclude-tags": "LOCUST_EXCLUDE_TAGS", "--csv": "LOCUST_CSV",
        "--csv-full-history": "LOCUST_CSV_FULL_HISTORY", "--only-summary": "LOCUST_ONLY_SUMMARY", "--log-level": "LOCUST_LOGLEVEL",
        "--exit-code-on-failure": "LOCUST_EXIT_CODE_ON_ERROR", "--web-port": "LOCUST_WEB_PORT", "--web-host": "LOCUST_WEB_HOST",
        "--bind": "LOCUST_MASTER_BIND_HOST", "--port": "LOCUST_MASTER_BIND_PORT", "--expect-workers": "LOCUST_EXPECT_WORKERS",
        "--expect-workers-max-wait": "LOCUST_EXPECT_WORKERS_MAX_WAIT", "--master-host": "LOCUST_MASTER_NODE_HOST",
        "--master-port": "LOCUST_MASTER_NODE_PORT", "--processes": "LOCUST_PROCESSES",
    ]

    /// Those that have no counterpart, each with the option that says the same.
    static let refused = [
        "LOCUST_LOCUSTFILE": "--locustfile", "LOCUST_CONFIG_USERS": "--config-users", "LOCUST_USERCLASS_PICKER": "--class-picker",
        "LOCUST_HEADFUL": "--headful", "LOCUST_AUTOQUIT": "--autoquit", "LOCUST_WEB_LOGIN": "--web-login", "LOCUST_WEB_AUTH": "--web-auth",
        "LOCUST_TLS_CERT": "--tls-cert", "LOCUST_TLS_KEY": "--tls-key", "LOCUST_WEB_BASE_PATH": "--web-base-path",
        "LOCUST_WEB_HOST_DISPLAY_NAME": "--web-host-display-name", "LOCUST_BUILD_PATH": "--build-path", "LOCUST_LEGACY_UI": "--legacy-ui",
        "LOCUST_RESET_STATS": "--reset-stats", "LOCUST_HTML": "--html", "LOCUST_SKIP_LOG_SETUP": "--skip-log-setup",
        "LOCUST_LOGFILE": "--logfile", "LOCUST_ENABLE_OPENTELEMETRY": "--otel",
    ]

    /// What a variable of Locust's says about one of our options, in our words; nil: nothing.
    static func value(of option: String) -> (variable: String, text: String)? {
        guard let variable = names[option], let text = getenv(variable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        switch option {
        case "--tags", "--exclude-tags":
            // Lists stand in brackets.
            let isList = text.hasPrefix("[") && text.hasSuffix("]")
            let inner = isList ? String(text.dropFirst().dropLast()) : text
            return inner.isEmpty ? nil : (variable, inner)
        case "--expect-workers-max-wait":
            // 0 is for ever.
            return (variable, Double(text) == 0 ? "100000h" : text)
        default: return (variable, text)
        }
    }

    /// Throws a `Failure` when a variable is set that has no counterpart. Switches that are off say nothing.
    static func refuseOthers() throws {
        for (variable, option) in refused.sorted(by: { $0.key < $1.key }) {
            guard let text = getenv(variable).map({ String(cString: $0).lowercased() }),
                !["", "0", "false", "no", "-1"].contains(text), let remedy = LocustNames.refused[option]
            else { continue }
            throw Failure.usage("\(variable) is set, a variable of Locust's for what Cicada does not have: \(remedy). Unset it.")
        }
        if let text = getenv("LOCUST_USER_CLASSES").map({ String(cString: $0) }), !text.isEmpty {
            throw Failure.usage("LOCUST_USER_CLASSES is set, but all classes of a script take part; choose tasks with --tags. Unset it.")
        }
    }
}
