extension LanguageReference {
    /// user, task, sequence, group, setup, teardown.
    static let declarations = Section(
        title: "Declarations",
        text:
            "They say which users there are and what these do. A table with a field that is not known is refused, with the name that was probably meant.",
        items: [
            .function(
                Function(
                    name: "user", usage: "user \"Name\" { fields, items }",
                    parameters: [
                        Parameter("name", "string", "unique in the script, 1 to 200 bytes without control characters")
                    ],
                    results: [Result("fun(class: cicada.UserClass)", "a function that takes the class's table, which follows the name")],
                    text:
                        "Declares a user class. The items are its tasks, sequences and groups, one at least; a user picks one of them at random by weight, again and again.",
                    errors: "The name is missing or declared twice; a field is unknown or has a wrong value; there is no item.",
                    place: .topLevel,
                    example: """
                        user "Reader" {
                          weight = 3, wait = between(1, 5),
                          task { "home", function(self) self.http:get("/") end },
                        }
                        """)),
            .fields(
                Fields(
                    type: "cicada.UserClass", title: "Fields of a user class", text: "", items: "cicada.Item",
                    fields: [
                        Field(
                            "weight", "number", "share of the users relative to the other classes; above 0. Not beside `fixed_count`",
                            missing: "1"),
                        Field(
                            "fixed_count", "integer", "just so many users, before the others are shared out by weight; 1 to 10000000",
                            missing: "by weight"),
                        Field(
                            "host", "string", "base URL `http://…` or `https://…` of requests whose URL is a path; `--host` overrides it",
                            missing: "`--host` is needed"),
                        Field(
                            "wait", "cicada.Wait|fun(self: cicada.User): number", "the pause between two tasks; see Waits",
                            missing: "no pause"),
                        Field(
                            "on_start", "fun(self: cicada.User)",
                            "run by each user before its first task; may send requests and sleep. When it raises an error, it is tried again after the wait, until it comes to its end",
                            missing: "nothing"),
                        Field(
                            "on_stop", "fun(self: cicada.User)", "run once by each user after its last task; may send requests and sleep",
                            missing: "nothing"),
                        Field(
                            "connections", "\"user\"|\"shared\"|\"new\"",
                            "to whom connections belong: each user has its own, 64 users share one, or each request opens a new one; `--connections` overrides it",
                            missing: "`\"user\"`"),
                        Field(
                            "proxy", "string",
                            "URL of a proxy for all requests: `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`",
                            missing: "none"),
                        Field(
                            "certificate", "cicada.Certificate",
                            "what the users show a server to prove who they are (mutual TLS): `{ cert = PEM, key = PEM, password = text }`",
                            missing: "none"),
                        Field("timeout", "number", "of each request, in seconds, 0.001 to 86400", missing: "that of the run"),
                        Field(
                            "redirects", "boolean|integer", "whether requests follow redirects, or how many at most, 0 to 100",
                            missing: "`true`"),
                        Field("headers", "table<string, string|number>", "header fields of each request", missing: "none"),
                        Field("auth", "cicada.Auth", "who each request comes from, as the option `auth` of requests", missing: "nobody"),
                    ])),
            .fields(
                Fields(
                    type: "cicada.Certificate", title: "Fields of a certificate", text: "",
                    fields: [
                        Field("cert", "string", "the certificate and those between it and its authority, as PEM text", missing: "an error"),
                        Field("key", "string", "the private key, as PEM text", missing: "it stands in `cert`"),
                        Field("password", "string", "what the key is encrypted with", missing: "it is not"),
                    ])),
            .function(
                Function(
                    name: "task", usage: "task { \"name\", fields, function(self) … end }",
                    parameters: [Parameter("task", "cicada.TaskTable", "name, function and fields")],
                    results: [Result("cicada.Item", "for the items of a class, sequence or group; one task may stand in several")],
                    text: "Declares one task: what a user does between two waits.",
                    errors: "The name or the function is missing; a field is unknown or has a wrong value.", place: .topLevel,
                    example: """
                        local browse = task { "browse", weight = 2, tags = { "read", "fast" }, function(self) self.http:get("/") end }
                        user "Guest"  { wait = constant(2), browse }
                        user "Member" { wait = constant(1), browse, task { "account", function(self) self.http:get("/account") end } }
                        """)),
            .fields(
                Fields(
                    type: "cicada.TaskTable", title: "Fields of a task", text: "First the name, then the function; both without a name.",
                    items: "string|fun(self: cicada.User)",
                    fields: [
                        Field("weight", "number", "chance of being picked relative to the other items beside it; above 0", missing: "1"),
                        Field(
                            "tags", "string|string[]",
                            "words by which `--tags` and `--exclude-tags` select tasks; without spaces and commas",
                            missing: "none"),
                    ])),
            .function(
                Function(
                    name: "sequence", usage: "sequence { \"name\", fields, items }",
                    parameters: [Parameter("sequence", "cicada.GroupTable", "name, fields, and one item at least")],
                    results: [Result("cicada.Item", "for the items of a class, sequence or group")],
                    text:
                        "Declares tasks that are executed one after the other, as they stand. After the last one the user is back in the class or group around it. The class's wait lies between all tasks. At most 10 may stand inside one another.",
                    errors: "The name or the items are missing; a field is unknown or has a wrong value.", place: .topLevel,
                    example: """
                        sequence { "buy", weight = 2,
                          task { "look", function(self) self.http:get("/items") end },
                          task { "pay",  function(self) self.http:post("/orders", { json = { item = 1 } }) end },
                        }
                        """)),
            .function(
                Function(
                    name: "group", usage: "group { \"name\", fields, items }",
                    parameters: [Parameter("group", "cicada.GroupTable", "name, fields, and one item at least")],
                    results: [Result("cicada.Item", "for the items of a class, sequence or group")],
                    text: "Declares items of which a user that enters picks `rounds`, each at random by weight. Otherwise like `sequence`.",
                    errors: "As for `sequence`.", place: .topLevel,
                    example: """
                        group { "browse", weight = 8, rounds = between(2, 5), tags = "read",
                          task { "list",   weight = 3, function(self) self.http:get("/items") end },
                          task { "detail", weight = 1, function(self) self.http:get("/items/1", { name = "/items/[id]" }) end },
                        }
                        """)),
            .fields(
                Fields(
                    type: "cicada.GroupTable", title: "Fields of a sequence or group", text: "First the name, then the items.",
                    items: "string|cicada.Item",
                    fields: [
                        Field("weight", "number", "chance of being picked relative to the other items beside it; above 0", missing: "1"),
                        Field(
                            "rounds", "integer|cicada.Wait",
                            "how often: a sequence is gone through so often, of a group so many items are picked. A whole number from 1, or `between` two, drawn at each entry",
                            missing: "1"),
                        Field("tags", "string|string[]", "tags of all tasks inside", missing: "none"),
                    ])),
            .function(
                Function(
                    name: "setup",
                    parameters: [
                        Parameter("run", "fun(self: cicada.User): any", "may send requests, to the first class's host, and sleep")
                    ],
                    text:
                        "Declares what is done once in a run, on one worker, before the first user. What the function returns is every user's `self.shared`; it must be possible to write it as JSON of at most 1 MiB. If it raises an error the run ends.",
                    errors: "It is declared twice.", place: .topLevel,
                    example: """
                        setup(function(self)
                          return { catalogue = self.http:get("/items"):json("items") }
                        end)
                        """)),
            .function(
                Function(
                    name: "teardown",
                    parameters: [Parameter("run", "fun(self: cicada.User)", "may send requests, to the first class's host, and sleep")],
                    text:
                        "Declares what is done once in a run, on one worker, after the last user. `self.shared` is what `setup` returned.",
                    errors: "It is declared twice.", place: .topLevel,
                    example: """
                        teardown(function(self) self.http:delete("/items/1") end)
                        """)),
        ])

    /// How much load there is, and what it is judged by.
    static let load = Section(
        title: "Load and thresholds",
        text:
            "What flags, the environment and `cicada.yaml` say goes before what the script says. A load given there (users, stages, shape or arrivals) replaces that of the script as a whole. The models and their formulas: [load-models.md](load-models.md).",
        items: [
            .function(
                Function(
                    name: "load", usage: "load { fields }",
                    parameters: [Parameter("fields", "cicada.Load", "see below")],
                    text:
                        "Says how much load there is and when it ends. Closed model: users in a loop, with `users` and `spawn_rate`, `stages` or `shape`. Open model: iterations that start by a schedule, with `arrival_rate`, `arrival_stages` or `arrival_shape`. One run has one of them. Times and rates are texts with their units.",
                    errors: "It is declared twice; a field is unknown or has a wrong value; the shape raises an error.", place: .topLevel,
                    example: """
                        load { arrival_rate = "100/s", max_users = 200, warm_up = "10s", run_time = "5m" }
                        """)),
            .fields(
                Fields(
                    type: "cicada.Load", title: "Fields of a load",
                    text:
                        "A function as a shape is called once for each whole second from 0 on, before the run and where it is planned; straight lines lie between its levels, and the load ends where it returns nil, after 7 days at most, or at the run time. What it returns must depend on its argument only.",
                    fields: [
                        Field("users", "integer", "users in the end, 1 to 10000000", missing: "1"),
                        Field("spawn_rate", "number", "users started per second, above 0", missing: "1"),
                        Field(
                            "stages", "string",
                            "users by straight lines, each a time and the users at its end: `\"2m:1000, 10m:1000, 1m:0\"`",
                            missing: "users and spawn_rate"),
                        Field(
                            "shape", "string|fun(second: integer): number?",
                            "users by a ready-made course (`ramp`, `steps`, `spike`, `sine`), or a function that returns them for each second",
                            missing: "users and spawn_rate"),
                        Field(
                            "arrival_rate", "string", "iterations started: `\"1000/s\"`, `\"60/m\"`, `\"100/h\"`", missing: "closed model"),
                        Field(
                            "arrival_stages", "string", "the same by straight lines: `\"1m:100/s, 5m:100/s, 10s:0/s\"`",
                            missing: "closed model"),
                        Field(
                            "arrival_shape", "string|fun(second: integer): number?",
                            "the same by a ready-made course, or a function that returns starts per second", missing: "closed model"),
                        Field(
                            "arrivals", "\"constant\"|\"poisson\"", "gaps between two starts: even, or random with the rate on average",
                            missing: "`\"constant\"`"),
                        Field(
                            "max_users", "integer", "users that carry the iterations out, 1 to 10000000",
                            missing: "enough for iterations of 1 s"),
                        Field(
                            "max_lateness", "string", "a start that has waited longer for a user is dropped",
                            missing: "none is before the end"),
                        Field("iterations", "integer", "no iteration begins after so many, over all users", missing: "any number"),
                        Field("requests", "integer", "no iteration begins once so many requests were sent", missing: "any number"),
                        Field("warm_up", "string", "what ends in so long from the start is not in the result", missing: "`\"0s\"`"),
                        Field(
                            "run_time", "string", "the run ends after so long", missing: "at the end of stages or shape, or at Ctrl-C"),
                    ])),
            .function(
                Function(
                    name: "thresholds", usage: "thresholds { texts }",
                    parameters: [Parameter("texts", "(string|cicada.Threshold)[]", "what has to hold: [thresholds.md](thresholds.md)")],
                    text:
                        "Bounds that the run is to keep; with one that is not passed the run ends with exit code 99. A list of texts, or of tables of a text and `abort = true` (the run is stopped when it does not hold, after 10 s at the earliest) or `abort_after = \"30s\"` (not before so much is over). `figure comparison value [over TIME]`: `p95 < 200ms`, `failure_rate < 1%`, `throughput > 1000/s over 1m`, `name(\"login\").p99 < 1s over 30s`, `timing(\"checkout\").p95 < 2s`, `counter(\"coins\") > 0`, `iteration.p95 < 3s`. Those of `--threshold` are added to them.",
                    errors: "It is declared twice; an item is no text, or not written as a threshold is.", place: .topLevel,
                    example: """
                        thresholds { "p95 < 200ms", { "failure_rate < 1%", abort = true } }
                        """)),
            .fields(
                Fields(
                    type: "cicada.Threshold", title: "Fields of a threshold", text: "First its text.", items: "string",
                    fields: [
                        Field("abort", "boolean", "whether the run is stopped when it does not hold", missing: "`false`"),
                        Field(
                            "abort_after", "string", "how long after the start the run is not stopped for it yet; implies `abort`",
                            missing: "`\"10s\"`"),
                    ])),
        ])

    /// How long users wait between two tasks.
    static let waits = Section(
        title: "Waits",
        text:
            "The pause between two tasks of a user: the class's `wait`. It is one of these, or a `function(self)` that returns seconds, from 0 to 1000000000, and cannot send requests or sleep.",
        items: [
            .function(
                Function(
                    name: "constant", parameters: [Parameter("seconds", "number", "0 to 1000000000")],
                    results: [Result("cicada.Wait", "a wait")],
                    text: "Always the same pause.", errors: "A number is missing or out of range.", place: .anywhere,
                    example: "wait = constant(1.5)")),
            .function(
                Function(
                    name: "between",
                    parameters: [
                        Parameter("from", "number", "seconds, 0 to 1000000000"), Parameter("to", "number", "seconds, not below `from`"),
                    ],
                    results: [Result("cicada.Wait", "a wait; with whole numbers also for `rounds`")],
                    text: "A pause that is uniformly distributed between two bounds.", errors: "A number is missing or out of range.",
                    place: .anywhere, example: "wait = between(0.5, 2)")),
            .function(
                Function(
                    name: "poisson", parameters: [Parameter("mean", "number", "seconds, above 0")],
                    results: [Result("cicada.Wait", "a wait")],
                    text:
                        "An exponentially distributed pause with this mean: the tasks of many such users start at random, independently of one another, as a Poisson process.",
                    errors: "The number is missing or out of range.", place: .anywhere, example: "wait = poisson(10)")),
            .function(
                Function(
                    name: "pacing",
                    parameters: [
                        Parameter("seconds", "number", "above 0"),
                        Parameter("options", "{ catch_up: boolean? }", "`catch_up`: see the text; true if missing", isOptional: true),
                    ],
                    results: [Result("cicada.Wait", "a wait")],
                    text:
                        "No pause but a schedule: a user's task k is due at t0 + k × seconds, however long tasks take. One that is late starts at once and keeps its intended time, from which its response time counts. With `catch_up = false` the schedule begins anew with each start, as Locust has it; response times are then not offered: the service time stands in their place.",
                    errors: "The number is missing or out of range; an option is unknown.", place: .anywhere, example: "wait = pacing(2)")),
            .function(
                Function(
                    name: "throughput",
                    parameters: [
                        Parameter("per_second", "number", "tasks per second of each user, above 0"),
                        Parameter("options", "{ catch_up: boolean? }", "as for `pacing`", isOptional: true),
                    ],
                    results: [Result("cicada.Wait", "a wait")], text: "`pacing(1 / per_second)`.",
                    errors: "The number is missing or out of range; an option is unknown.", place: .anywhere,
                    example: "wait = throughput(0.5, { catch_up = false })")),
        ])

    /// What a script takes along from the machine on which the run is planned.
    static let material = Section(
        title: "Environment, files and data",
        text:
            "All of it is read once, on the machine where the run is planned, and sent to the workers with the script. Files stand beside the script or in a folder below it; a run takes at most 256 MiB of them along.",
        items: [
            .function(
                Function(
                    name: "env",
                    parameters: [
                        Parameter("name", "string", "of a variable of the environment"),
                        Parameter("default", "any", "the result when the variable is not set", isOptional: true),
                    ],
                    results: [Result("string?", "its value, the default, or nil")],
                    text:
                        "Reads a variable of the environment in which the run is planned. Steps may read only those that the top level names too: so what is secret leaves the machine only where the script says so.",
                    errors: "In a step: the top level does not name the variable.", place: .anywhere,
                    example: "local API_KEY = env(\"API_KEY\", \"none\")")),
            .function(
                Function(
                    name: "file", parameters: [Parameter("name", "string", "path relative to the script's folder, without `..`")],
                    results: [Result("string", "the file's bytes, 64 MiB at most")],
                    text: "Reads a whole file: a certificate, a picture to upload, a template.",
                    errors: "The file is missing, too large, or outside the script's folder.", place: .topLevel,
                    example: "local picture = file(\"data/picture.png\")")),
            .function(
                Function(
                    name: "data", usage: "data(\"name.csv\") or data { \"name.csv\", fields }",
                    parameters: [
                        Parameter(
                            "source", "string|cicada.DataOptions", "path relative to the script's folder, or a table with it and fields")
                    ],
                    results: [Result("cicada.Data", "for `row`; `#` gives the number of rows")],
                    text:
                        "Declares a data file whose rows are handed out to users. By its ending it is CSV (`.csv`, RFC 4180, UTF-8) or has a JSON value on each line (`.jsonl`, `.ndjson`). 64 MiB at most, 1000 columns, 1 MiB a field or line.",
                    errors: "The file is missing or wrong: the message names its line and column.", place: .topLevel,
                    example: "local accounts = data { \"data/accounts.csv\", per = \"user\", order = \"unique\", at_end = \"stop_user\" }")),
            .fields(
                Fields(
                    type: "cicada.DataOptions", title: "Fields of a data file", text: "First the name.", items: "string",
                    fields: [
                        Field(
                            "per", "\"user\"|\"iteration\"",
                            "how often a user gets another row: never, or in each execution of a task", missing: "`\"user\"`"),
                        Field(
                            "order", "\"unique\"|\"cyclic\"|\"random\"",
                            "`unique`: each row at most once in the whole run, over all workers; `cyclic`: one after the other and then from the start, user n begins at row n; `random`: any row",
                            missing: "`\"unique\"`"),
                        Field(
                            "at_end", "\"stop_user\"|\"cyclic\"|\"fail\"",
                            "what becomes of a user for which no unique row is left: it ends, the file is gone through again, or the task ends with an error",
                            missing: "`\"stop_user\"`"),
                        Field(
                            "header", "boolean", "CSV: whether the first line names the columns; if not, they have numbers from 1",
                            missing: "`true`"),
                        Field("delimiter", "string", "CSV: what stands between two fields, one ASCII character", missing: "`\",\"`"),
                    ])),
            .function(
                Function(
                    name: "accounts:row", parameters: [Parameter("self", "cicada.User", "the user whose step this is")],
                    results: [
                        Result("any", "CSV: a table of texts by column; JSON lines: the line's value")
                    ],
                    text:
                        "The row of a user. It may suspend the user until the master has granted rows, as a request does. A row of a worker that was lost counts as used.",
                    errors: "The rows are used up and `at_end` is `\"fail\"`.", place: .step,
                    example: """
                        on_start = function(self) self.account = accounts:row(self) end,
                        task { "sign in", function(self) self.http:post("/login", { form = { name = self.account.name } }) end },
                        """)),
        ])
}
