/// A first script, with comments that say what to change. Its paths are those of sample-webapp, so that it runs as it is.
package struct NewScript: Sendable, Equatable {
    /// What the users do.
    package enum Kind: String, Sendable, CaseIterable {
        /// One page again and again.
        case get
        /// Sign in first, then look around.
        case login
        /// JSON, and a data file with an account for each user.
        case api

        /// For a question, in words.
        package var words: String {
            switch self {
            case .get: "a simple GET"
            case .login: "sign in, then browse"
            case .api: "an API with JSON and a data file"
            }
        }
    }

    package var kind: Kind
    package var host: String
    /// The pause between two tasks, in seconds.
    package var wait: ClosedRange<Double>
    /// The script's file name, for the comments.
    package var fileName: String

    package init(
        kind: Kind = .get, host: String = "http://127.0.0.1:8000", wait: ClosedRange<Double> = 1...1, fileName: String = "script.lua"
    ) {
        self.kind = kind
        self.host = host
        self.wait = wait
        self.fileName = fileName
    }

    /// The data file that belongs to the script: its name and its text; nil: none does.
    package var dataFile: (name: String, text: String)? {
        guard kind == .api else { return nil }
        let rows = (1...20).map { "user\($0)@example.com,\($0)" }
        return ("\(stem)-accounts.csv", "email,customer\n" + rows.joined(separator: "\n") + "\n")
    }

    /// The script.
    package var text: String {
        let head = """
            -- \(LuaText.comment(fileName)): \(kind.words).
            --
            --   cicada validate \(LuaText.comment(fileName))                    what would run
            --   cicada run --debug \(LuaText.comment(fileName))                 one user, every request shown
            --   cicada run \(LuaText.comment(fileName)) -u 100 -r 10 -t 1m      100 users, 10 more each second, for a minute
            --
            -- The language: docs/scripting.md.


            """
        switch kind {
        case .get: return head + simple
        case .login: return head + login
        case .api: return head + api
        }
    }

    /// A configuration file that goes with it.
    package func configuration(users: Int = 10) -> String {
        """
        # Settings of cicada run, under the names of its flags (docs/configuration.md). A flag beats a line here.
        script: \(Self.yaml(fileName))
        host: \(Self.yaml(host))
        users: \(users)
        spawn-rate: 5
        run-time: 30s

        """
    }

    // MARK: - Parts

    private var stem: String { fileName.hasSuffix(".lua") ? String(fileName.dropLast(4)) : fileName }

    private var waitText: String {
        let (from, to) = (LuaText.seconds(wait.lowerBound), LuaText.seconds(wait.upperBound))
        return from == to ? "constant(\(from))" : "between(\(from), \(to))"
    }

    private var start: String {
        """
          -- Requests go there; --host beats it.
          host = \(LuaText.quoted(host)),
          -- The pause between two tasks of a user, in seconds.
          wait = \(waitText),
        """
    }

    private var simple: String {
        """
        user "Visitor" {
        \(start)

          task { "home", function(self)
            local r = self.http:get("/")
            -- A check that does not hold makes the request a failure.
            check(r, "is a page", r.body ~= "")
          end },
        }

        """
    }

    private var login: String {
        """
        user "Member" {
        \(start)

          -- Once for each user, before its first task. What is put into self stays for the user's life; cookies are kept by themselves.
          on_start = function(self)
            self.deviceid = uuid()
            local r = self.http:post("/login", { form = { deviceid = self.deviceid } })
            check(r, "is signed in", r.body:find(self.deviceid, 1, true))
          end,

          -- Tasks are picked at random: of four, three look at the front page.
          task { "browse", weight = 3, function(self)
            self.http:get("/")
            -- Somebody reads for a while.
            sleep(0.5)
            self.http:get("/", { query = { page = math.random(10) }, name = "/?page=[n]" })
          end },
          task { "report", weight = 1, function(self)
            self.http:post("/metrics", { form = { deviceid = self.deviceid, timestamp = timestamp() } })
          end },
        }

        """
    }

    private var api: String {
        """
        -- One line of the file for each user: its columns are fields of the row. With "cyclic" the file begins anew when it is used up.
        local accounts = data { \(LuaText.quoted(dataFile?.name ?? "")), per = "user", order = "cyclic" }
        -- Secrets come from the environment, not from the script.
        local API_KEY = env("API_KEY", "")

        user "Client" {
        \(start)
          -- Sent with every request.
          headers = { Accept = "application/json", ["X-Api-Key"] = API_KEY },

          on_start = function(self)
            self.account = accounts:row(self)
            self.http:post("/login", { json = { email = self.account.email, customer = tonumber(self.account.customer) } })
          end,

          task { "read", weight = 4, function(self)
            local r = self.http:get("/counts")
            -- A value out of the answer, by its path.
            local total = r:json("total")
            check(r, "has a total", total ~= nil)
          end },
          task { "write", weight = 1, function(self)
            -- Any number of ids, one name in the tables.
            self.http:post("/metrics", {
              query = { id = math.random(1000) },
              json = { customer = self.account.customer, items = { { id = 1, count = 2 } } },
              expect = { 200, 201 },
            })
          end },
        }

        """
    }

    /// A text as a YAML value: in double quotes, which have the escapes of JSON.
    private static func yaml(_ text: String) -> String { LuaText.quoted(text) }
}
