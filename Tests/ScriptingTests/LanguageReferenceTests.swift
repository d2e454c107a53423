import Foundation
import LoadModel
import Testing

@testable import Scripting

struct LanguageReferenceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let writesGolden = ProcessInfo.processInfo.environment["CICADA_WRITE_GOLDEN"] == "1"

    private static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

    @Test func pageHoldsTheReference() throws {
        let page = try Self.text("docs/scripting.md")
        let start = try #require(page.firstRange(of: LanguageReference.markdownStart + "\n")?.upperBound)
        let end = try #require(page.firstRange(of: LanguageReference.markdownEnd)?.lowerBound)
        let wanted = "\n" + LanguageReference.markdown + "\n"
        if Self.writesGolden {
            try Data((page[..<start] + wanted + page[end...]).utf8).write(to: Self.root.appending(path: "docs/scripting.md"))
            return
        }
        #expect(String(page[start..<end]) == wanted, "run the tests with CICADA_WRITE_GOLDEN=1 and look at what changes")
    }

    @Test func annotationsAreThoseOfTheReference() throws {
        if Self.writesGolden {
            try Data(LanguageReference.luaCATS.utf8).write(to: Self.root.appending(path: "types/cicada.lua"))
            return
        }
        #expect(try Self.text("types/cicada.lua") == LanguageReference.luaCATS, "run the tests with CICADA_WRITE_GOLDEN=1")
    }

    @Test func annotationsAreLua() throws {
        // As a script they declare no user; what comes before that complaint is that they compile and run.
        let script = try Script(name: "cicada.lua", source: Array((LanguageReference.luaCATS + "\nlocal t = {} t.x = 1").utf8))
        do {
            _ = try script.scenario()
            Issue.record("declares a user")
        } catch {
            #expect(error.message == "the script declares no user class", "\(error)")
        }
    }

    @Test func everyGlobalIsDocumented() throws {
        let lines = try LibraryCheck.lines(
            "local names = {} for name in pairs(_G) do names[#names + 1] = name end table.sort(names) print(table.concat(names, ' '))")
        #expect(lines == [LanguageReference.globals.joined(separator: " ")])
    }

    @Test(arguments: ["json", "base64", "hex", "hash", "hmac", "url", "regex", "random"])
    func everyMemberOfOurLibrariesIsDocumented(library: String) throws {
        var documented = LanguageReference.members(of: library)
        if library == "json" { documented = (documented + ["null"]).sorted() }
        #expect(try Self.members(of: library) == documented)
    }

    @Test func everyMemberOfLuasLibrariesIsNamed() throws {
        // Lua may be built with functions of earlier versions, which nobody is told to use.
        let old: Set = ["math.atan2", "math.cosh", "math.frexp", "math.ldexp", "math.log10", "math.pow", "math.sinh", "math.tanh"]
        for library in LanguageReference.luaLibraries {
            let members = try Self.members(of: library.name).filter { !old.contains("\(library.name).\($0)") }
            #expect(members == library.members)
        }
    }

    private static func members(of table: String) throws -> [String] {
        let lines = try LibraryCheck.lines(
            "local names = {} for name in pairs(\(table)) do names[#names + 1] = name end table.sort(names) print(table.concat(names, ' '))"
        )
        return lines[0].split(separator: " ").map(String.init)
    }

    @Test func everyMethodOfHTTPIsDocumented() throws {
        let documented = LanguageReference.functions.map(\.name).filter { $0.hasPrefix("self.http:") }.map { String($0.dropFirst(10)) }
        for name in documented { #expect(try LibraryCheck.value("type(self.http.\(name))") == "function") }
        // The message for an unknown one lists them all.
        let message = try LibraryCheck.error("self.http.nothing")
        for name in documented { #expect(message.contains(name), "\(name)") }
        #expect(message.split(separator: ",").count + 1 == documented.count)
    }

    @Test func everyFieldOfAResponseIsDocumented() throws {
        let fields = try #require(LanguageReference.tables.first { $0.type == "cicada.Response" }).fields.map(\.name)
        let driver = try ScriptDriver.task(
            "local r = self.http:get('/') for _, name in ipairs { \(fields.map { "'\($0)'" }.joined(separator: ",")) } do local _ = r[name] end _ = r.nothing"
        )
        guard case .exception(_, let message) = driver.run().last else {
            Issue.record("no exception")
            return
        }
        for name in fields + ["json()"] { #expect(message.contains(name), "\(name)") }
        #expect(message.split(separator: ",").count + 1 == fields.count + 1, "\(message)")
    }

    @Test func everyOptionOfARequestIsDocumented() throws {
        let fields = try #require(LanguageReference.tables.first { $0.type == "cicada.RequestOptions" }).fields.map(\.name)
        #expect(fields.sorted() == RequestReader.optionNames.sorted())
    }

    /// Tables whose fields a script writes: each known one is taken, whatever its value, and none beside them.
    @Test(arguments: [
        ("cicada.UserClass", "user 'U' { @, task { 't', function() end } }"),
        ("cicada.TaskTable", "user 'U' { task { 't', @, function() end } }"),
        ("cicada.Load", "load { @ } user 'U' { task { 't', function() end } }"),
        ("cicada.Threshold", "thresholds { { 'p95 < 1s', @ } } user 'U' { task { 't', function() end } }"),
        ("cicada.GroupTable", "user 'U' { group { 'g', @, task { 't', function() end } } }"),
    ])
    func everyFieldOfADeclarationIsDocumented(type: String, source: String) throws {
        let fields = try #require(LanguageReference.tables.first { $0.type == type }).fields.map(\.name)
        func message(_ field: String) throws -> String {
            do {
                _ = try Script(name: "s.lua", source: Array(source.replacing("@", with: "\(field) = {}").utf8)).scenario()
                return ""
            } catch let error as ScriptError {
                return error.message + " " + error.remedy
            }
        }
        for field in fields { #expect(!(try message(field)).contains("has no field"), "\(field)") }
        // Asked for something that resembles nothing, the program lists all there are.
        let known = try message("zzzzzzzzzzzzzzzzzzzz")
        for field in fields { #expect(known.contains(field), "\(field)") }
        #expect(known.split(separator: ",").count == fields.count, "\(known)")
    }

    @Test func everyFunctionStandsInAnExample() throws {
        let folder = Self.root.appending(path: "examples")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".lua") }
        let texts = try names.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        // Comments show nothing.
        let code = texts.joined(separator: "\n").split(separator: "\n").map {
            $0.firstRange(of: "--").map { $0.lowerBound }.map($0.prefix(upTo:)) ?? $0
        }
        .joined(separator: "\n")
        for function in LanguageReference.functions {
            let name = function.name.replacing("accounts:", with: ":").replacing("r:json", with: ":json")
            #expect(Self.isCalled(name, in: code), "\(function.name) stands in no example")
        }
    }

    private static func isCalled(_ name: String, in code: String) -> Bool {
        code.ranges(of: name).contains { range in
            let before = range.lowerBound == code.startIndex ? " " : code[code.index(before: range.lowerBound)]
            let after = code[range.upperBound...].drop { $0 == " " }.first ?? " "
            return (name.hasPrefix(":") || !(before.isLetter || before.isNumber || before == "_" || before == "." || before == ":"))
                && "({\"'".contains(after)
        }
    }

    @Test func everyEntryIsComplete() {
        for function in LanguageReference.functions {
            #expect(!function.text.isEmpty && !function.example.isEmpty, "\(function.name)")
            for parameter in function.parameters { #expect(!parameter.text.isEmpty && !parameter.type.isEmpty, "\(function.name)") }
        }
        for table in LanguageReference.tables { for field in table.fields { #expect(!field.text.isEmpty, "\(table.type).\(field.name)") } }
        #expect(Set(LanguageReference.functions.map(\.name)).count == LanguageReference.functions.count)
    }

    @Test func misspeltFunctionIsSuggested() throws {
        do {
            _ = try Script(name: "s.lua", source: Array("user 'U' { wait = constnat(1), task { 't', function() end } }".utf8)).scenario()
            Issue.record("no error")
        } catch {
            #expect(error.remedy == "did you mean 'constant'?")
        }
    }
}
