extension LanguageReference {
    /// self, and how a user's way is steered.
    static let course = Section(
        title: "The user and its course",
        text:
            "`self` is a table that lasts for the user's life: put into it what one task leaves for the next. Between two requests or sleeps a step may compute for at most 1 s (the top level: 5 s), since other users wait meanwhile; then it ends with an error that `pcall` does not catch.",
        items: [
            .fields(
                Fields(
                    type: "cicada.User", title: "Fields of self", text: "Always there, beside what the script puts into it.",
                    fields: [
                        Field("http", "cicada.Http", "for requests"),
                        Field("id", "integer", "the number of the user over the whole run, from 0"),
                        Field("class", "string", "the name of its class"),
                        Field(
                            "shared", "any",
                            "what `setup` returned, or nil. Each engine thread has a copy of its own, which all its users share: do not change it"
                        ),
                    ])),
            .function(
                Function(
                    name: "sleep", parameters: [Parameter("seconds", "number", "0 to 1000000000")],
                    text: "Returns after so long; other users run meanwhile. The pause belongs to the task, not to any request.",
                    errors: "The number is missing or out of range.", place: .step, example: "sleep(0.5)")),
            .function(
                Function(
                    name: "leave", text: "Ends the task, and with it the innermost sequence or group in which it stands.",
                    errors: "The task stands in none.", place: .step, example: "if r.status == 404 then leave() end")),
            .function(
                Function(
                    name: "stop_user",
                    text: "Ends the step, and the user for good. Its `on_stop` still runs; called in `on_start`, no `on_stop` runs.",
                    errors: "There is no user: in `setup` and `teardown`.",
                    place: .step, example: "if not self.token then stop_user() end")),
            .function(
                Function(
                    name: "stop_run",
                    parameters: [Parameter("reason", "string", "shown with the result; 512 bytes at most", isOptional: true)],
                    text: "Ends the step, and the whole run in an orderly way.", place: .step,
                    example: "if r.status == 503 then stop_run(\"the target is closed\") end")),
        ])

    /// Figures of the script's own.
    static let figures = Section(
        title: "Figures of your own",
        text: "They stand in the result beside the requests and are merged over all workers as these are.",
        items: [
            .function(
                Function(
                    name: "timing",
                    parameters: [
                        Parameter("name", "string", "1 to 200 bytes without control characters"),
                        Parameter("seconds", "number", "how long something took, 0 to 1000000000"),
                    ],
                    text: "Adds a time to those of this name. The result shows their number, average and percentiles.",
                    errors: "An argument is missing or out of range.", place: .step,
                    example: """
                        local start = time()
                        self.http:get("/a") self.http:get("/b")
                        timing("both pages", time() - start)
                        """)),
            .function(
                Function(
                    name: "counter",
                    parameters: [
                        Parameter("name", "string", "1 to 200 bytes without control characters"),
                        Parameter("amount", "number", "finite; 1 if missing", isOptional: true),
                    ],
                    text: "Adds an amount to the sum of this name.", errors: "An argument is missing or out of range.", place: .step,
                    example: "counter(\"items sold\", 3)")),
        ])

    /// Time and identifiers.
    static let clock = Section(
        title: "Time and identifiers", text: "",
        items: [
            .function(
                Function(
                    name: "time", results: [Result("number", "seconds since 1970-01-01 00:00:00 UTC, with their fraction")],
                    text: "The time of day.",
                    place: .running, example: "local start = time()")),
            .function(
                Function(
                    name: "format_time",
                    parameters: [
                        Parameter("seconds", "number", "since 1970, of the years 0 to 9999"),
                        Parameter("format", "string", "as `strftime` has it: `%Y-%m-%d %H:%M:%S`; at most 256 bytes"),
                        Parameter(
                            "zone", "\"utc\"|\"local\"", "whose time; `\"utc\"` if missing; `\"local\"` is the worker's", isOptional: true),
                    ],
                    results: [Result("string", "the time as text")], text: "Writes a time as text.",
                    errors: "An argument is missing or out of range; `\"local\"` at the top level.", place: .anywhere,
                    example: "local today = format_time(time(), \"%Y-%m-%d\")")),
            .function(
                Function(
                    name: "timestamp", results: [Result("string", "`YYYY-MM-DD HH:MM:SS.ffffff`, always 26 characters")],
                    text: "The local time of the worker.", place: .running,
                    example: "self.http:post(\"/metrics\", { form = { timestamp = timestamp() } })")),
            .function(
                Function(
                    name: "uuid", results: [Result("string", "36 characters")],
                    text: "A random identifier, version 4 (RFC 9562). Not for secrets.", place: .running,
                    example: "on_start = function(self) self.deviceid = uuid() end")),
        ])

    /// Random numbers.
    static let randomness = Section(
        title: "Random choices",
        text:
            "All of them follow from the run's seed and the engine thread, so that a run with the same seed can be repeated. Not for secrets. There is no `math.randomseed`.",
        items: [
            .function(
                Function(
                    name: "math.random",
                    parameters: [
                        Parameter("from", "integer", "smallest number; with one argument only: the largest, from 1", isOptional: true),
                        Parameter("to", "integer", "largest number", isOptional: true),
                    ],
                    results: [Result("number", "without arguments a number from 0 up to, but not, 1; otherwise a whole number")],
                    text: "A random number, as in Lua.", errors: "There is no number in between.", place: .running,
                    example: "local page = math.random(1, 20)")),
            .function(
                Function(
                    name: "random.choice", parameters: [Parameter("list", "any[]", "one item at least")],
                    results: [Result("any", "one of its items, all equally likely")], text: "Picks an item.", errors: "The list is empty.",
                    place: .running, example: "local colour = random.choice { \"red\", \"green\", \"blue\" }")),
            .function(
                Function(
                    name: "random.shuffle", parameters: [Parameter("list", "any[]", "at most 10000000 items")],
                    results: [Result("any[]", "a new list with its items in random order")],
                    text: "Mixes a list; the one given stays as it is.",
                    errors: "It is no list.", place: .running,
                    example: "for _, path in ipairs(random.shuffle { \"/a\", \"/b\" }) do self.http:get(path) end")),
            .function(
                Function(
                    name: "random.text",
                    parameters: [
                        Parameter("length", "integer", "0 to 1048576"),
                        Parameter("alphabet", "string", "ASCII characters to choose from; letters and digits if missing", isOptional: true),
                    ],
                    results: [Result("string", "so many random characters")], text: "A random text.",
                    errors: "The length or the alphabet is wrong.",
                    place: .running, example: "local code = random.text(6, \"0123456789\")")),
            .function(
                Function(
                    name: "random.bytes", parameters: [Parameter("length", "integer", "0 to 1048576")],
                    results: [Result("string", "so many random bytes")], text: "Random bytes, for bodies that cannot be compressed.",
                    errors: "The length is wrong.", place: .running, example: "self.http:post(\"/upload\", { body = random.bytes(4096) })")),
        ])

    /// print.
    static let output = Section(
        title: "Output",
        text: "",
        items: [
            .function(
                Function(
                    name: "print", parameters: [Parameter("...", "any", "values, parted by tabs")],
                    text: "Writes a line to the log of the worker: about 4000 bytes at most, the rest is cut.", place: .anywhere,
                    example: "print(\"job not done\", self.job, timestamp())"))
        ])
}
