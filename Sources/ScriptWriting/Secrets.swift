/// The secrets of recorded requests, and what they are called in a script: a variable of the environment each.
struct Secrets {
    /// A value that the script must not hold.
    struct Secret: Equatable {
        /// The variable of the environment.
        var variable: String
        /// The script's name for it.
        var name: String
        var value: String
        /// Where it stood, for the list at the top of the script.
        var place: String
    }

    /// In the order of their appearance; variables and names are unique.
    private(set) var list: [Secret] = []

    /// Variables of the environment that other secrets must not take: those which the commands use.
    private let taken: Set<String>

    init(taken: Set<String> = []) { self.taken = taken }

    /// So many are locals, of which Lua allows 200; the rest are fields of a table.
    static let mostLocals = 100
    /// The table of the rest.
    static let table = "more"

    /// How the script names a value: one that was seen before has its name already.
    mutating func name(for value: String, called wanted: String, at place: String) -> String {
        if let known = list.firstIndex(where: { $0.value == value }) { return reference(known) }
        var base = Self.variable(wanted)
        // Every shell sets it, so that the script would take its value for the secret.
        if Self.isSetByShells(base) { base = "SECRET_\(base)" }
        let name = unique(base, taken: taken)
        return add(Secret(variable: name, name: name, value: value, place: place))
    }

    /// How the script names a variable of the shell.
    mutating func name(forVariable variable: String) -> String {
        let value = "$\(variable)"
        if let known = list.firstIndex(where: { $0.value == value }) { return reference(known) }
        return add(
            Secret(
                variable: variable, name: unique(Self.variable(variable), taken: taken.subtracting([Self.variable(variable)])),
                value: value, place: "a variable of the shell's command"))
    }

    private mutating func add(_ secret: Secret) -> String {
        list.append(secret)
        return reference(list.count - 1)
    }

    private func unique(_ base: String, taken: Set<String>) -> String {
        var name = base
        var number = 2
        while taken.contains(name) || list.contains(where: { $0.name == name || $0.variable == name }) {
            name = "\(base)_\(number)"
            number += 1
        }
        return name
    }

    private func reference(_ index: Int) -> String {
        index < Self.mostLocals ? list[index].name : "\(Self.table).\(list[index].name)"
    }

    /// `X-Api-Key` → `API_KEY`.
    static func variable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII, scalar.properties.isAlphabetic || (48...57).contains(scalar.value) {
                let isNewWord = scalar.properties.isUppercase && result.last?.isLowercase == true
                result += (isNewWord ? "_" : "") + String(Character(scalar))
            } else if !result.isEmpty, !result.hasSuffix("_") {
                result += "_"
            }
        }
        result = result.uppercased()
        while result.hasSuffix("_") { result.removeLast() }
        if result.hasPrefix("X_"), result.count > 2 { result.removeFirst(2) }
        if result.isEmpty { return "SECRET" }
        return result.first?.isNumber == true ? "_\(result)" : String(result.prefix(60))
    }

    private static func isSetByShells(_ variable: String) -> Bool {
        ofShells.contains(variable) || ["CICADA_", "LC_", "LD_", "BASH", "XDG_", "SSH_"].contains { variable.hasPrefix($0) }
    }

    private static let ofShells: Set<String> = [
        "PWD", "OLDPWD", "HOME", "USER", "USERNAME", "LOGNAME", "PATH", "HOST", "HOSTNAME", "HOSTTYPE", "SHELL", "SHLVL", "LANG",
        "LANGUAGE",
        "TERM", "MAIL", "UID", "EUID", "PPID", "IFS", "RANDOM", "SECONDS", "LINENO", "TMPDIR", "EDITOR", "DISPLAY", "COLUMNS", "LINES",
        "TZ",
        "PAGER", "OSTYPE", "MACHTYPE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    ]
}
