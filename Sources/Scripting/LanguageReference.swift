/// What the script language has: the one place from which the reference in docs/scripting.md, the annotations for editors
/// (types/cicada.lua) and the suggestions for misspelt names are made.
package enum LanguageReference {
    /// Where a function may be called.
    enum Place: String {
        case topLevel = "at the top level only"
        case step = "in `on_start`, `on_stop`, tasks, `setup` and `teardown`"
        case running = "everywhere but at the top level, since every worker runs that and would get another result"
        case anywhere = "everywhere"
    }

    /// A parameter of a function. `type` is as LuaCATS writes it.
    struct Parameter {
        var name: String
        var type: String
        /// Meaning, unit and range.
        var text: String
        var isOptional = false

        init(_ name: String, _ type: String, _ text: String, isOptional: Bool = false) {
            self.name = name
            self.type = type
            self.text = text
            self.isOptional = isOptional
        }
    }

    /// What a function gives.
    struct Result {
        var type: String
        var text: String

        init(_ type: String, _ text: String) {
            self.type = type
            self.text = text
        }
    }

    /// A function, or a method of an object.
    struct Function {
        /// With its table: `regex.match`; methods with their object and a colon: `self.http:get`.
        var name: String
        /// How it is called, where parentheses do not say it.
        var usage: String?
        var parameters: [Parameter] = []
        var results: [Result] = []
        var text: String
        /// What it raises; empty: nothing.
        var errors = ""
        var place: Place
        var example: String
    }

    /// A field of a table that scripts write or of an object that they read.
    struct Field {
        var name: String
        var type: String
        var text: String
        /// What holds when a script leaves it out; nil: the field is read, not written.
        var missing: String?

        init(_ name: String, _ type: String, _ text: String, missing: String? = nil) {
            self.name = name
            self.type = type
            self.text = text
            self.missing = missing
        }
    }

    /// The fields of a table or object.
    struct Fields {
        /// As LuaCATS names it.
        var type: String
        var title: String
        var text: String
        /// The type of its items without a name; empty: it has none.
        var items = ""
        var fields: [Field]
    }

    /// A part of the reference.
    enum Item {
        case function(Function)
        case fields(Fields)
    }

    /// A chapter of the reference.
    struct Section {
        var title: String
        var text: String
        var items: [Item]
    }

    /// Every chapter, in the order of the page.
    static let sections: [Section] = [
        declarations, load, waits, material, requests, response, course, figures, clock, randomness, json, codings, digests, urls, regex,
        output,
    ]

    /// Every function and method.
    static var functions: [Function] {
        sections.flatMap(\.items).compactMap { if case .function(let function) = $0 { function } else { nil } }
    }

    /// Every table and object with fields.
    static var tables: [Fields] {
        sections.flatMap(\.items).compactMap { if case .fields(let fields) = $0 { fields } else { nil } }
    }

    /// Lua's own basic functions that scripts have.
    static let luaFunctions = [
        "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select",
        "setmetatable", "tonumber", "tostring", "type", "xpcall",
    ]

    /// Lua's own libraries that scripts have, and what is in each.
    static let luaLibraries: [(name: String, members: [String])] = [
        ("coroutine", ["close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"]),
        (
            "math",
            [
                "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger", "min",
                "mininteger", "modf", "pi", "rad", "random", "sin", "sqrt", "tan", "tointeger", "type", "ult",
            ]
        ),
        (
            "string",
            [
                "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep", "reverse", "sub",
                "unpack", "upper",
            ]
        ),
        ("table", ["concat", "insert", "move", "pack", "remove", "sort", "unpack"]),
        ("utf8", ["char", "charpattern", "codepoint", "codes", "len", "offset"]),
    ]

    /// The name of every global variable that a script finds.
    package static var globals: [String] {
        var names = ["_G", "_VERSION"] + luaFunctions + luaLibraries.map(\.name)
        for function in functions where !function.name.contains(":") {
            let name = String(function.name.prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// The members of one of our own library tables, sorted; empty: there is no such table.
    static func members(of library: String) -> [String] {
        functions.map(\.name).filter { $0.hasPrefix(library + ".") }.map { String($0.dropFirst(library.count + 1)) }.sorted()
    }
}
