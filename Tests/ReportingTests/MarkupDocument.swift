/// XML as far as reports use it, read strictly: whatever is not well-formed throws.
struct MarkupDocument {
    /// An element.
    struct Element {
        var name: String
        var attributes: [String: String] = [:]
        var children: [Element] = []
        var text = ""
    }

    struct Fault: Error {
        var words: String
    }

    let root: Element

    init(_ text: String) throws {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        guard text.hasPrefix(head) else { throw Fault(words: "no declaration") }
        var rest = text.dropFirst(head.count)
        let root = try Self.element(&rest)
        guard rest == "\n" else { throw Fault(words: "more after the root") }
        self.root = root
    }

    private static func element(_ rest: inout Substring) throws -> Element {
        guard rest.first == "<" else { throw Fault(words: "no element at \(rest.prefix(20))") }
        rest.removeFirst()
        var element = Element(name: name(&rest))
        if element.name.isEmpty { throw Fault(words: "no name at \(rest.prefix(20))") }
        while rest.first == " " {
            rest.removeFirst()
            let key = name(&rest)
            guard rest.hasPrefix("=\"") else { throw Fault(words: "no value of \(key)") }
            rest.removeFirst(2)
            let value = rest.prefix { $0 != "\"" }
            guard value.count < rest.count, element.attributes[key] == nil else { throw Fault(words: "value of \(key)") }
            rest.removeFirst(value.count + 1)
            element.attributes[key] = try plain(value)
        }
        if rest.hasPrefix("/>") {
            rest.removeFirst(2)
            return element
        }
        guard rest.first == ">" else { throw Fault(words: "no end of the tag \(element.name)") }
        rest.removeFirst()
        while !rest.hasPrefix("</") {
            let part = rest.prefix { $0 != "<" }
            element.text += try plain(part)
            rest.removeFirst(part.count)
            if rest.isEmpty { throw Fault(words: "no end of \(element.name)") }
            if !rest.hasPrefix("</") { element.children.append(try Self.element(&rest)) }
        }
        guard rest.hasPrefix("</\(element.name)>") else { throw Fault(words: "another end than \(element.name)'s") }
        rest.removeFirst(element.name.count + 3)
        return element
    }

    private static func name(_ rest: inout Substring) -> String {
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0 == "-") }
        rest.removeFirst(name.count)
        return String(name)
    }

    /// Text without its references; nothing may stand in it that XML does not allow.
    private static func plain(_ text: Substring) throws -> String {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\n" }), !text.contains("<") else {
            throw Fault(words: "text: \(text)")
        }
        var plain = ""
        var rest = text
        while let character = rest.first {
            if character != "&" {
                plain.append(character)
                rest.removeFirst()
                continue
            }
            let known = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\""]
            guard let reference = known.first(where: { rest.hasPrefix($0.key) }) else {
                throw Fault(words: "reference: \(rest.prefix(10))")
            }
            plain += reference.value
            rest.removeFirst(reference.key.count)
        }
        return plain
    }
}
