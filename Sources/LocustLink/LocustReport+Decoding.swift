import Wire

extension LocustReport {
    init(_ map: MessagePackMap) throws(WireError) {
        self.init(total: try LocustEntry(map.required("stats_total")))
        entries = try map.required("stats").array(atMost: LocustBounds.entries).map { value throws(WireError) in try LocustEntry(value) }
        if let errors = try map.optional("errors")?.map(atMost: LocustBounds.entries) {
            self.errors.reserveCapacity(errors.count)
            try errors.forEach { _, value throws(WireError) in self.errors.append(try LocustError(value.map())) }
        }
        if let users = try map.optional("user_classes_count") { self.users = try LocustUsers.list(users) }
    }
}

extension LocustEntry {
    /// In one pass over the keys: thousands of these come in a second.
    fileprivate init(_ value: MessagePackValue) throws(WireError) {
        var (name, method): (String?, String?)
        var requests: Int64?
        self.init(name: "", method: "", startTime: 0)
        try value.map().forEach { key, value throws(WireError) in
            if key.isString("name") {
                name = try value.string(atMost: LocustBounds.longText)
            } else if key.isString("method") {
                // Users that report requests of their own may leave it out.
                method = try value.isNull ? "" : value.string(atMost: LocustBounds.longText)
            } else if key.isString("last_request_timestamp") {
                lastRequestTimestamp = try value.isNull ? nil : value.double(in: LocustBounds.seconds)
            } else if key.isString("start_time") {
                startTime = try value.isNull ? 0 : value.double(in: LocustBounds.seconds)
            } else if key.isString("num_requests") {
                requests = try value.integer(in: LocustBounds.count)
            } else if key.isString("num_none_requests") {
                requestsWithoutTime = try value.integer(in: LocustBounds.count)
            } else if key.isString("num_failures") {
                failures = try value.integer(in: LocustBounds.count)
            } else if key.isString("total_response_time") {
                totalResponseTime = try value.double(in: LocustBounds.milliseconds)
            } else if key.isString("max_response_time") {
                maxResponseTime = try value.double(in: LocustBounds.milliseconds)
            } else if key.isString("min_response_time") {
                minResponseTime = try value.isNull ? nil : value.double(in: LocustBounds.milliseconds)
            } else if key.isString("total_content_length") {
                contentLength = try value.integer(in: LocustBounds.bytes)
            } else if key.isString("response_times") {
                responseTimes = try LocustCount.list(value)
            } else if key.isString("num_reqs_per_sec") {
                requestsPerSecond = try LocustCount.list(value)
            } else if key.isString("num_fail_per_sec") {
                failuresPerSecond = try LocustCount.list(value)
            }
        }
        guard let name, let method, let requests else { throw value.error(.missing, "has no name, method or num_requests") }
        (self.name, self.method, self.requests) = (name, method, requests)
        guard responseTimes.reduce(0, { $0 + $1.count }) <= requests else {
            throw value.error(.invalid, "has more times than requests")
        }
    }
}

extension LocustCount {
    /// Counts by whole number, ascending. What rounds to the same number is one, for users may have numbers of their own.
    fileprivate static func list(_ value: MessagePackValue) throws(WireError) -> [LocustCount] {
        let map = try value.map(atMost: LocustBounds.counts)
        var counts: [LocustCount] = []
        counts.reserveCapacity(map.count)
        var isAscending = true
        try map.forEach { key, value throws(WireError) in
            let number = Int64(try key.double(in: LocustBounds.milliseconds).rounded(.toNearestOrEven))
            isAscending = isAscending && (counts.last.map { $0.key < number } ?? true)
            counts.append(LocustCount(number, try value.integer(in: LocustBounds.count)))
        }
        if isAscending { return counts }
        counts.sort { $0.key < $1.key }
        var merged: [LocustCount] = []
        merged.reserveCapacity(counts.count)
        for count in counts {
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
