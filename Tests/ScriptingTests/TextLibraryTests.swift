import Testing

@testable import Scripting

struct TextLibraryTests {
    /// RFC 4648, section 10, and the alphabet for URLs.
    static let base64: [(String, String)] = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: base64) func base64IsThatOfTheStandard(text: String, encoded: String) throws {
        #expect(try LibraryCheck.value("base64.encode('\(text)')") == encoded)
        #expect(try LibraryCheck.value("base64.decode('\(encoded)')") == text)
        let bare = encoded.replacing("=", with: "")
        #expect(try LibraryCheck.value("base64.encode('\(text)', 'url')") == bare)
        #expect(try LibraryCheck.value("base64.decode('\(bare)')") == text)
    }

    @Test func base64OfAllBytes() throws {
        let lines = try LibraryCheck.lines(
            #"""
            print(base64.encode("\xff\xfe\xfd\xfb\xef"), base64.encode("\xff\xfe\xfd\xfb\xef", "url"))
            for n = 0, 300 do
              local t = random.bytes(n)
              assert(base64.decode(base64.encode(t)) == t and base64.decode(base64.encode(t, "url")) == t and hex.decode(hex.encode(t)) == t)
            end
            """#)
        #expect(lines == ["//79++8=\t__79--8"])
    }

    static let errors: [(String, String)] = [
        ("base64.decode('Zg=')", "base64.decode got a text of 3 characters, which is not the length of any base64: was it cut?"),
        ("base64.decode('Z')", "base64.decode got a text of 1 characters, which is not the length of any base64: was it cut?"),
        ("base64.decode('Zm 9v')", "base64.decode got a text of 5 characters"),
        ("base64.decode('Zm9!')", "base64.decode found a character that is not base64 at position 4"),
        ("base64.decode('Z===')", "base64.decode found a character that is not base64 at position 2"),
        ("base64.decode('Zh==')", "base64.decode found bits behind the last byte"),
        ("base64.encode('x', 'uri')", "base64.encode has \"url\" as its only option"),
        ("base64.encode(7)", "base64.encode needs a text as argument 1, not number"),
        (
            "base64.encode((function() local t = ('x'):rep(40 << 20) return t .. t end)())",
            "base64.encode takes a text of at most 67108864 bytes"
        ),
        ("hex.decode('abc')", "hex.decode needs an even number of digits, not 3"),
        ("hex.decode('0g')", "hex.decode found a character that is not a hexadecimal digit at position 2"),
        ("url.decode('%4')", "url.decode found a % without two hexadecimal digits at position 1"),
        ("url.decode('a%zz')", "url.decode found a % without two hexadecimal digits at position 2"),
        ("url.query('x')", "url.query needs a table, not string: write url.query { name = value }"),
        ("url.query({ x = {} })", "url.query: query field \"x\" must be a text, a number or a boolean, not a table"),
        ("url.parse('http://h:99999/')", "url.parse found a port that is no number from 0 to 65535"),
    ]

    @Test(arguments: errors) func whatIsWrongIsSaid(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }

    @Test func urlIsEncodedAndDecoded() throws {
        #expect(try LibraryCheck.value("url.encode('aZ09-._~ +/?&=%\\0ä')") == "aZ09-._~%20%2B%2F%3F%26%3D%25%00%C3%A4")
        #expect(try LibraryCheck.value("url.decode('a%20b+c%C3%a4')") == "a b+cä")
        #expect(try LibraryCheck.value("url.query { b = 'x y', a = 1 }") == "a=1&b=x+y")
        #expect(try LibraryCheck.value("url.query { { 'b', 1 }, { 'a', true } }") == "b=1&a=true")
        #expect(try LibraryCheck.value("url.query {}") == "")
    }

    static let urls: [(String, String)] = [
        ("http://user:pw@Example.org:8080/a/b?c=d#e", "http user:pw Example.org 8080 /a/b c=d e"),
        ("HTTPS://[::1]:443", "https nil ::1 443  nil nil"),
        ("/path?x#", "nil nil nil nil /path x "),
        ("//host/p", "nil nil host nil /p nil nil"),
        ("mailto:a@b.c", "mailto nil nil nil a@b.c nil nil"),
        ("", "nil nil nil nil  nil nil"),
        ("http://h:/", "http nil h nil / nil nil"),
    ]

    @Test(arguments: urls) func urlIsTakenApart(url: String, parts: String) throws {
        let lines = try LibraryCheck.lines(
            "local u = url.parse('\(url)') print(u.scheme, u.user, u.host, u.port, u.path, u.query, u.fragment)")
        #expect(lines == [parts.replacing(" ", with: "\t")])
    }
}
