extension LanguageReference {
    /// Annotations for the Lua language server (LuaCATS): the text of types/cicada.lua.
    package static var luaCATS: String {
        var lines = [
            "---@meta", "",
            "-- What cicada's task scripts have, for the Lua language server. Made from Sources/Scripting/LanguageReference*.swift: do not edit.",
            "", "---@class cicada.Wait", "---@class cicada.Item", "---@class cicada.Null", "---@class cicada.Data",
            "---@operator len: integer", "local Data = {}", "",
            "---@class cicada.Http", "local Http = {}", "", "---@class cicada.Response", "local Response = {}", "",
            "---@alias cicada.FieldTable table<string, string|number|boolean>|{ [1]: string, [2]: string|number|boolean }[]",
            "---@alias cicada.PartTable table<string, string|number|boolean|cicada.Part>|{ [1]: string, [2]: string|number|boolean|cicada.Part }[]",
            "",
        ]
        for fields in tables { lines += annotation(fields) }
        var libraries: [String] = []
        for function in functions where function.name != "math.random" && function.name != "print" {
            let table = String(function.name.prefix { $0 != "." })
            if !function.name.contains(":"), function.name.contains("."), !libraries.contains(table) {
                libraries.append(table)
                lines += (tables.contains { $0.type == table }) ? ["---@type \(table)", "\(table) = {}", ""] : ["\(table) = {}", ""]
            }
            lines += annotation(function)
        }
        return lines.joined(separator: "\n")
    }

    private static func annotation(_ fields: Fields) -> [String] {
        var lines = ["--- \(fields.title)", "---@class \(fields.type)"]
        if !fields.items.isEmpty { lines.append("---@field [integer] \(fields.items)") }
        for field in fields.fields {
            let optional = field.missing == nil || field.missing == "an error" ? "" : "?"
            let missing = field.missing.map { " (if missing: \($0))" } ?? ""
            lines.append("---@field \(field.name)\(optional) \(field.type) \(oneLine(field.text))\(missing)")
        }
        if fields.type == "cicada.User" { lines.append("---@field [string] any what the script puts into it") }
        return lines + [""]
    }

    private static func annotation(_ function: Function) -> [String] {
        var lines = function.text.split(separator: "\n").map { "--- \($0)" }
        if !function.errors.isEmpty { lines.append("--- Errors: \(oneLine(function.errors))") }
        lines.append("--- Use it \(function.place.rawValue).")
        lines += ["--- ```lua"] + function.example.split(separator: "\n").map { "--- \($0)" } + ["--- ```"]
        for parameter in function.parameters {
            lines.append("---@param \(parameter.name)\(parameter.isOptional ? "?" : "") \(parameter.type) \(oneLine(parameter.text))")
        }
        for result in function.results { lines.append("---@return \(result.type) # \(oneLine(result.text))") }
        let names = function.parameters.map(\.name).joined(separator: ", ")
        return lines + ["function \(declaredName(function.name))(\(names)) end", ""]
    }

    /// Methods belong to the class of their object.
    private static func declaredName(_ name: String) -> String {
        guard let colon = name.firstIndex(of: ":") else { return name }
        let object = ["self.http": "Http", "accounts": "Data", "r": "Response"][name[..<colon]] ?? "Data"
        return object + name[colon...]
    }

    private static func oneLine(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }
}
