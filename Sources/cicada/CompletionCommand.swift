import ArgumentParser

/// `cicada completion`: what makes a shell complete commands, flags and files.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print what makes your shell complete cicada's commands.",
        discussion: """
            Example: cicada completion bash > ~/.local/share/bash-completion/completions/cicada
            How to install it is said on standard error. More: docs/commands.md. Exit codes: 0 printed, 2 no such shell.
            """)

    /// Shells that are known.
    enum Shell: String, CaseIterable {
        case bash, zsh, fish

        var generator: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }

        /// How to install it, for this user.
        var hint: String {
            switch self {
            case .bash:
                """
                for bash, with the package bash-completion (new shells have it then):
                  mkdir -p ~/.local/share/bash-completion/completions
                  cicada completion bash > ~/.local/share/bash-completion/completions/cicada
                """
            case .zsh:
                """
                for zsh (new shells have it then):
                  mkdir -p ~/.zfunc && cicada completion zsh > ~/.zfunc/_cicada
                and in ~/.zshrc, before compinit:  fpath=(~/.zfunc $fpath)
                """
            case .fish:
                """
                for fish (new shells have it then):
                  cicada completion fish > ~/.config/fish/completions/cicada.fish
                """
            }
        }
    }

    @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"), completion: .list(Shell.allCases.map(\.rawValue)))
    var shell: String

    mutating func run() throws {
        ignoreWriteSignals()
        guard let shell = Shell(rawValue: shell) else {
            throw Failure.usage("there is no completion for '\(shell)': bash, zsh and fish are known.")
        }
        if let failure = Conclusion.print(Cicada.completionScript(for: shell.generator) + "\n") { throw failure }
        complain(shell.hint)
    }
}
