import Wire

extension LocustReport {
    init(_ map: MessagePackMap) throws(WireError) {
        self.init(total: try LocustEntry(map.required("stats_total")))
        let entries = try map.required("stats").array(atMost: LocustBounds.entries)
        self.entries.reserveCapacity(entries.count)
        for position in 0..<entries.count { self.entries.append(try LocustEntry(entries[position])) }
        if let errors = try map.optional("errors")?.map(atMost: LocustBounds.entries) {
            self.errors.reserveCapacity(errors.count)
            try errors.forEach { _, value throws(WireError) in self.errors.append(try LocustError(value.map())) }
        }
        if let users = try map.optional("user_classes_count") { self.users = try LocustUsers.list(users) }
    }
}

extension LocustEntry {
    /// In one pass over the keys: thousands of these come in a second, with their keys in one and the same order. Counts by second are passed over: a
    /// master tells seconds by its own clock.
    fileprivate init(_ value: MessagePackValue) throws(WireError) {
        var (name, method): (String?, String?)
        var requests: Int64?
        var place = 0
        self.init(name: "", method: "", startTime: 0)
        try value.map().forEach { key, value throws(WireError) in
            let field = LocustEntryField.field(of: key, expected: place)
            place += 1
            switch field {
            case .name: name = try value.string(atMost: LocustBounds.longText)
            // Users that report requests of their own may leave it out.
            case .method: method = try value.isNull ? "" : value.string(atMost: LocustBounds.longText)
            case .lastRequestTimestamp: lastRequestTimestamp = try value.isNull ? nil : value.double(in: LocustBounds.seconds)
            case .startTime: startTime = try value.isNull ? 0 : value.double(in: LocustBounds.seconds)
            case .requests: requests = try value.integer(in: LocustBounds.count)
            case .requestsWithoutTime: requestsWithoutTime = try value.integer(in: LocustBounds.count)
            case .failures: failures = try value.integer(in: LocustBounds.count)
            case .totalResponseTime: totalResponseTime = try value.double(in: LocustBounds.milliseconds)
            case .maxResponseTime: maxResponseTime = try value.double(in: LocustBounds.milliseconds)
            case .minResponseTime: minResponseTime = try value.isNull ? nil : value.double(in: LocustBounds.milliseconds)
            case .contentLength: contentLength = try value.integer(in: LocustBounds.bytes)
            case .responseTimes: responseTimes = try LocustCount.list(value)
            case .requestsPerSecond, .failuresPerSecond, nil: break
            }
        }
        guard let name, let method, let requests else { throw value.error(.missing, "has no name, method or num_requests") }
        (self.name, self.method, self.requests) = (name, method, requests)
        var times: Int64 = 0
        for count in responseTimes { times += count.count }
        guard times <= requests else {
            throw value.error(.invalid, "has more times than requests")
        }
    }
}

/// The keys of an entry, in the order in which Locust writes them.
private enum LocustEntryField: Int, CaseIterable {
    case name, method, lastRequestTimestamp, startTime, requests, requestsWithoutTime, failures, totalResponseTime, maxResponseTime
    case minResponseTime, contentLength, responseTimes, requestsPerSecond, failuresPerSecond

    private var key: StaticString {
        switch self {
        case .name: "name"
        case .method: "method"
        case .lastRequestTimestamp: "last_request_timestamp"
        case .startTime: "start_time"
        case .requests: "num_requests"
        case .requestsWithoutTime: "num_none_requests"
        case .failures: "num_failures"
        case .totalResponseTime: "total_response_time"
        case .maxResponseTime: "max_response_time"
        case .minResponseTime: "min_response_time"
        case .contentLength: "total_content_length"
        case .responseTimes: "response_times"
        case .requestsPerSecond: "num_reqs_per_sec"
        case .failuresPerSecond: "num_fail_per_sec"
        }
    }

    /// Whose key it is; nil: one that nobody needs here. `expected`: the one that stands there as a rule.
    static func field(of key: MessagePackValue, expected: Int) -> LocustEntryField? {
        if let field = LocustEntryField(rawValue: expected), key.isString(field.key) { return field }
        return allCases.first { key.isString($0.key) }
    }
}

extension LocustCount {
    /// Counts by whole number, ascending. What rounds to the same number is one, for users may have numbers of their own.
    fileprivate static func list(_ value: MessagePackValue) throws(WireError) -> [LocustCount] {
        let map = try value.map(atMost: LocustBounds.counts)
        var counts = map.counts(upTo: LocustBounds.wholeMilliseconds, LocustBounds.count.upperBound) ?? []
        if counts.count < map.count {
            counts.reserveCapacity(map.count)
            try map.forEach { key, value throws(WireError) in
                let number = Int64(try key.double(in: LocustBounds.milliseconds).rounded(.toNearestOrEven))
                counts.append(LocustCount(number, try value.integer(in: LocustBounds.count)))
            }
        }
        var latest = Int64.min
        for count in counts {
            if count.key <= latest { return sorted(counts) }
            latest = count.key
        }
        return counts
    }

    private static func sorted(_ counts: [LocustCount]) -> [LocustCount] {
        var merged: [LocustCount] = []
        merged.reserveCapacity(counts.count)
        for count in counts.sorted(by: { $0.key < $1.key }) {
            if merged.last?.key == count.key { merged[merged.count - 1].count += count.count } else { merged.append(count) }
        }
        return merged
    }
}

extension LocustError {
    fileprivate init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            name: try map.required("name").string(atMost: LocustBounds.longText),
            method: try map.optional("method")?.string(atMost: LocustBounds.longText) ?? "",
            text: try map.required("error").string(atMost: LocustBounds.longText),
            occurrences: try map.required("occurrences").integer(in: LocustBounds.count),
            firstSeen: try map.optional("first_seen")?.double(in: LocustBounds.seconds) ?? 0,
            lastSeen: try map.optional("last_seen")?.double(in: LocustBounds.seconds) ?? 0)
    }
}
