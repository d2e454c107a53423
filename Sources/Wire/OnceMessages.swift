/// A function of the script that runs once in a run.
package enum OnceStep: String, Sendable, Equatable, CaseIterable {
    /// Before the first user.
    case setup
    /// After the last user.
    case teardown
}

/// What became of a function that a worker was to run once. `once_done`
package struct OnceAnswer: Sendable, Equatable {
    package var step: OnceStep
    /// What `setup` returned, as JSON; empty: nothing.
    package var value: [UInt8]
    /// Why it did not come to its end, with the place in the script where there is one; nil: it did.
    package var failure: String?

    package init(step: OnceStep, value: [UInt8] = [], failure: String? = nil) {
        self.step = step
        self.value = value
        self.failure = failure
    }
}

/// A worker's script wants the whole run to end. `end_wanted`
package struct EndWish: Sendable, Equatable {
    /// In words; may be empty with `stop_run`.
    package var reason: String
    /// The class of the user that it comes from.
    package var userClass: String
    /// True: a limit of the whole run is broken, so that it cannot go on; false: the script has called `stop_run`.
    package var isBreach: Bool

    package init(reason: String, userClass: String, isBreach: Bool) {
        self.reason = reason
        self.userClass = userClass
        self.isBreach = isBreach
    }
}

extension OnceStep {
    func write(to writer: inout MessagePackWriter) {
        writer.string("step")
        writer.string(rawValue)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        let step = try map.required("step")
        guard let known = OnceStep(rawValue: try step.string(atMost: WireBounds.text)) else {
            throw step.error(.invalid, "is no step that runs once")
        }
        self = known
    }
}

extension OnceAnswer {
    func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        step.write(to: &writer)
        writer.pair("value", binary: value)
        writer.pair("failure", failure, atMost: WireBounds.longText)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            step: try OnceStep(map), value: [UInt8](try map.required("value").binary(atMost: WireBounds.sharedValue)),
            failure: try map.optional("failure")?.string(atMost: WireBounds.longText))
    }
}

extension EndWish {
    func write(to writer: inout MessagePackWriter) {
        writer.map(3)
        writer.pair("reason", reason, atMost: WireBounds.longText)
        writer.pair("user_class", userClass)
        writer.pair("breach", isBreach)
    }

    init(_ map: MessagePackMap) throws(WireError) {
        self.init(
            reason: try map.required("reason").string(atMost: WireBounds.longText), userClass: try map.text("user_class"),
            isBreach: try map.required("breach").bool())
    }
}
