import ArgumentParser

/// A master of Locust's workers.
struct LocustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take Locust's workers on this port, without a script (docs/locust.md); open to whoever reaches it, on 127.0.0.1 unless --bind.",
            valueName: "port"))
    var locustPort: String?

    @Option(
        help: ArgumentHelp(
            "The locustfile's user classes with their weights, or with = a fixed number: 'Alpha:3,Beta:1,Gamma=2'.", valueName: "classes"))
    var locustClasses: String?

    @Option(
        help: ArgumentHelp("An option of the locustfile's own, for its workers: name=value. Any number of times.", valueName: "option"))
    var locustOption: [String] = []
}
