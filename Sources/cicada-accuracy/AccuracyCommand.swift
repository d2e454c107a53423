import ArgumentParser

/// The program behind `make accuracy`.
@main
struct AccuracyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cicada-accuracy",
        abstract: "Measures servers of known behaviour, and holds the figures against closed-form expectations.",
        subcommands: [CheckCommand.self, ServeCommand.self], defaultSubcommand: CheckCommand.self)
}
