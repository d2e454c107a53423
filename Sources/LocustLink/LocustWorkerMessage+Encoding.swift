import Wire

/// A worker's messages as Locust writes them: `[type, data, id]`, keys and their order as its own workers have them.
extension LocustWorkerMessage {
    /// The message as bytes. `nodeID`: the worker's id, which is its routing id too.
    package func encoded(nodeID: String) -> [UInt8] {
        switch self {
        case .ready(let version):
            Envelope.encode("client_ready", nodeID: nodeID) { if let version { $0.string(version) } else { $0.integer(-1) } }
        case .fileRequest:
            Envelope.encode("locustfile", nodeID: nodeID) {
                $0.map(1)
                $0.pair("version", Self.comparedVersion)
            }
        case .heartbeat(let heartbeat): Envelope.encode("heartbeat", nodeID: nodeID) { heartbeat.write(to: &$0) }
        case .spawning: Envelope.encode("spawning", nodeID: nodeID)
        case .spawningComplete(let users):
            Envelope.encode("spawning_complete", nodeID: nodeID) {
                $0.map(2)
                users.write(to: &$0)
            }
        case .report(let report): Envelope.encode("stats", nodeID: nodeID) { report.write(to: &$0) }
        case .exception(let message, let traceback):
            Envelope.encode("exception", nodeID: nodeID) {
                $0.map(2)
                $0.pair("msg", message, atMost: LocustBounds.text)
                $0.pair("traceback", traceback, atMost: LocustBounds.text)
            }
        case .logs(let lines):
            Envelope.encode("logs", nodeID: nodeID) {
                $0.map(2)
                $0.pair("worker_id", nodeID, atMost: WireBounds.nodeID)
                $0.string("logs")
                $0.array(lines.count)
                for line in lines { $0.string(line, atMost: LocustBounds.text) }
            }
        case .stopped: Envelope.encode("client_stopped", nodeID: nodeID)
        case .quit: Envelope.encode("quit", nodeID: nodeID)
        case .other(let type): Envelope.encode("other", nodeID: nodeID) { $0.string(type) }
        }
    }

    /// The Locust whose messages these are.
    package static let comparedVersion = "2.47.0"
}

extension LocustHeartbeat {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        writer.pair("state", activity.rawValue, atMost: LocustBounds.text)
        writer.pair("current_cpu_usage", Optional(cpuPercent))
        writer.pair("current_memory_usage", memoryBytes)
    }
}

extension [LocustUsers] {
    /// Two pairs: users by class, and their sum.
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.string("user_classes_count")
        writer.map(count)
        for users in self {
            writer.string(users.userClass)
            writer.integer(users.count)
        }
        writer.pair("user_count", reduce(0) { $0 + $1.count })
    }
}

extension [LocustCount] {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(count)
        for entry in self {
            writer.integer(entry.key)
            writer.integer(entry.count)
        }
    }
}

extension LocustReport {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(5)
        writer.string("stats")
        writer.array(entries.count)
        for entry in entries { entry.write(to: &writer) }
        writer.string("stats_total")
        total.write(to: &writer)
        writer.string("errors")
        writer.map(errors.count)
        for error in errors {
            writer.string(PythonText.errorKey(method: error.method, name: error.name, text: error.text))
            error.write(to: &writer)
        }
        users.write(to: &writer)
    }
}

extension LocustEntry {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(14)
        writer.pair("name", name, atMost: LocustBounds.text)
        writer.pair("method", method, atMost: LocustBounds.text)
        writer.pair("last_request_timestamp", lastRequestTimestamp)
        writer.pair("start_time", Optional(startTime))
        writer.pair("num_requests", requests)
        writer.pair("num_none_requests", requestsWithoutTime)
        writer.pair("num_failures", failures)
        writer.pair("total_response_time", Optional(totalResponseTime))
        writer.pair("max_response_time", Optional(maxResponseTime))
        writer.pair("min_response_time", minResponseTime)
        writer.pair("total_content_length", contentLength)
        writer.string("response_times")
        responseTimes.write(to: &writer)
        writer.string("num_reqs_per_sec")
        requestsPerSecond.write(to: &writer)
        writer.string("num_fail_per_sec")
        failuresPerSecond.write(to: &writer)
    }
}

extension LocustError {
    fileprivate func write(to writer: inout MessagePackWriter) {
        writer.map(6)
        writer.pair("name", name, atMost: LocustBounds.text)
        writer.pair("method", method, atMost: LocustBounds.text)
        writer.pair("error", text, atMost: LocustBounds.text)
        writer.pair("occurrences", occurrences)
        writer.pair("first_seen", Optional(firstSeen))
        writer.pair("last_seen", Optional(lastSeen))
    }
}
