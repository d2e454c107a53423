/// A constant rate of requests over so many users, each with a connection of its own.
package struct SteadyLoad: Sendable {
    /// How it is said.
    package enum Form: Sendable {
        /// The open model: starts of iterations by a schedule, over a pool of users.
        case arrivals
        /// The closed model: each user by its own schedule, spread evenly.
        case pacing
    }

    package var form: Form
    /// Whole requests per second.
    package var rate: Int
    package var users: Int
    package var seconds: Double
    package var workers = 1
    /// Left out of the result; 0: nothing.
    package var warmUpSeconds = 0
    /// For the open model.
    package var isPoisson = false

    package init(_ form: Form, rate: Int, users: Int, seconds: Double, workers: Int = 1, warmUpSeconds: Int = 0, isPoisson: Bool = false) {
        self.form = form
        self.rate = rate
        self.users = users
        self.seconds = seconds
        self.workers = workers
        self.warmUpSeconds = warmUpSeconds
        self.isPoisson = isPoisson
    }

    /// Flags of `cicada run`.
    package var flags: [String] {
        var flags = ["--run-time", "\(Int((seconds * 1000).rounded()))ms"] + CicadaCall.workers(workers)
        switch form {
        case .arrivals:
            flags += ["--arrival-rate", "\(rate)/s", "--max-users", "\(users)", "--seed", "1"]
            if isPoisson { flags += ["--arrivals", "poisson"] }
        case .pacing: flags += ["--users", "\(users)", "--spawn-rate", "\(rate)"]
        }
        if warmUpSeconds > 0 { flags += ["--warm-up", "\(warmUpSeconds)s"] }
        return flags
    }

    /// A script with one task: `body`, in which `self` is the user.
    package func script(_ body: String = #"self.http:get("/")"#) -> String {
        let wait = form == .pacing ? "wait = pacing(\(Double(users) / Double(rate)))," : ""
        return "user \"U\" { \(wait) task { \"work\", function(self) \(body) end } }\n"
    }
}
