import ArgumentParser

/// What `cicada --help` prints: the commands by purpose, in one screen of 80 columns and 24 lines, which the parser's own layout exceeds.
enum RootHelp {
    /// The whole text, made of the commands' own abstracts.
    static var text: String {
        var lines = [
            "cicada: \(Cicada.configuration.abstract.prefix(1).lowercased())\(Cicada.configuration.abstract.dropFirst())",
            Cicada.configuration.discussion,
        ]
        for group in Cicada.configuration.groupedSubcommands {
            lines.append(group.name)
            for command in group.subcommands {
                let name = command.configuration.commandName ?? ""
                lines.append("  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(command.configuration.abstract)")
            }
        }
        lines.append("More: cicada COMMAND --help, docs/commands.md. cicada --version: the version.")
        return lines.joined(separator: "\n")
    }
}
