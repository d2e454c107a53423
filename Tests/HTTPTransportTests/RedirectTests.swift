import CCurl
import LoadModel
import Testing

@testable import HTTPTransport

struct RedirectTests {
    private static func bytes<T>(_ text: String, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        Array(text.utf8).withUnsafeBytes { body($0) }
    }

    @Test(arguments: [
        ("HTTP/1.1 302 Found\r\n", 302), ("HTTP/2 308 \r\n", 308), ("HTTP/1.0 301\r\n", 301), ("HTTP/1.1 303 See\r\n", 303),
        ("HTTP/1.1 307 x\r\n", 307), ("HTTP/1.1 300 Choose\r\n", nil), ("HTTP/1.1 304 Not Modified\r\n", nil), ("HTTP/1.1 200 OK\r\n", nil),
        ("HTTP/1.1 305 x\r\n", nil), ("", nil), ("HTTP/1.1", nil), ("HTTP/1.1 3", nil), ("HTTP/1.1 3a2 x\r\n", nil),
    ])
    func someStatusesRedirect(head: String, expected: Int?) {
        #expect(Self.bytes(head) { Redirect.status(in: $0) } == expected)
    }

    @Test(arguments: [
        ("HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n", "/a"), ("HTTP/1.1 302 x\r\nX: 1\r\nLOCATION:\t /b \t\r\nA: b\r\n\r\n", "/b"),
        ("HTTP/2 302 \r\nlocation:http://x/\r\n\r\n", "http://x/"), ("HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: /b\r\n\r\n", "/a"),
        ("HTTP/1.1 302 x\r\n\r\n", nil), ("HTTP/1.1 302 x\r\nLocation:\r\n\r\n", nil), ("HTTP/1.1 302 x\r\nLocation:   \r\n\r\n", nil),
        ("HTTP/1.1 302 x\r\nContent-Location: /c\r\nLocations: /d\r\nLocation\r\n\r\n", nil), ("", nil),
    ])
    func findsTheLocation(head: String, expected: String?) {
        let found = Self.bytes(head) { bytes in Redirect.location(in: bytes).map { String(decoding: $0, as: UTF8.self) } }
        #expect(found == expected)
    }

    @Test func methodsChangeAsInBrowsers() {
        for method in HTTPMethod.allCases {
            #expect(Redirect.becomesGet(status: 301, method: method) == (method == .post))
            #expect(Redirect.becomesGet(status: 302, method: method) == (method == .post))
            #expect(Redirect.becomesGet(status: 303, method: method) == (method != .get && method != .head))
            #expect(!Redirect.becomesGet(status: 307, method: method))
            #expect(!Redirect.becomesGet(status: 308, method: method))
        }
    }

    @Test(arguments: [
        ("Content-Type: a/b", true, false), ("content-encoding;", true, false), ("Content-Language: de", true, false),
        ("Content-Location: /", true, false), ("authorization: Bearer x", false, true), ("Cookie: a=b", false, true),
        ("HOST: a", false, true), ("Cookies: a", false, false), ("X-Authorization: a", false, false), ("Accept: */*", false, false),
        ("Authorization", false, false), ("", false, false),
    ])
    func someHeadersStayBehind(line: String, describesBody: Bool, isForOrigin: Bool) {
        Self.bytes(line) { bytes in
            #expect(Redirect.drops(bytes, becomesGet: true, leavesOrigin: false) == describesBody)
            #expect(Redirect.drops(bytes, becomesGet: false, leavesOrigin: true) == isForOrigin)
            #expect(Redirect.drops(bytes, becomesGet: true, leavesOrigin: true) == (describesBody || isForOrigin))
            #expect(!Redirect.drops(bytes, becomesGet: false, leavesOrigin: false))
        }
    }

    private static func resolve(_ location: String, _ current: String) -> (text: String, leavesOrigin: Bool) {
        let target = bytes(location) { location in bytes(current + "\0") { RedirectTarget(location: location, current: $0) } }
        switch target {
        case .unusable(let reason): return (reason, false)
        case .url(let url, let leavesOrigin):
            defer { curl_url_cleanup(url) }
            var buffer = ByteBuffer()
            #expect(RedirectTarget.write(url, to: &buffer))
            return (String(buffer.text.dropLast()), leavesOrigin)
        }
    }

    private static let other = "Redirect to a URL that is neither http nor https"
    private static let malformed = "Redirect to a malformed URL"

    @Test(arguments: [
        ("/b?x=1", "http://h:81/b?x=1", false), ("c", "http://h:81/a/c", false), ("../c", "http://h:81/c", false),
        ("?q", "http://h:81/a/b?q", false), ("//i/x", "http://i/x", true), ("http://h:81/b#part", "http://h:81/b", false),
        ("HTTP://H:81/b", "http://H:81/b", false), ("http://h/b", "http://h/b", true), ("https://h:81/b", "https://h:81/b", true),
        ("/a b", "http://h:81/a%20b", false), ("/ü", "http://h:81/%c3%bc", false), ("./x/../y?é=1", "http://h:81/a/y?%c3%a9=1", false),
        ("ftp://h/x", other, false), ("javascript:alert(1)", other, false), ("mailto:a@b", other, false), ("http://", malformed, false),
        ("http://h:99999/", malformed, false), ("http://a b/", malformed, false),
    ])
    func resolvesLocations(location: String, expected: String, leavesOrigin: Bool) {
        let found = Self.resolve(location, "http://h:81/a/b?c=d")
        #expect(found.text.lowercased() == expected.lowercased() && found.leavesOrigin == leavesOrigin)
    }

    @Test func defaultPortsAreTheSameOrigin() {
        #expect(Self.resolve("http://h/b", "http://h:80/a").leavesOrigin == false)
        #expect(Self.resolve("https://h:443/b", "https://h/a").leavesOrigin == false)
        #expect(Self.resolve("https://h/b", "http://h/a").leavesOrigin)
    }

    @Test func passwordsStayWithTheirOrigin() {
        #expect(Self.resolve("/b", "http://me:secret@h/a").text == "http://me:secret@h/b")
        #expect(Self.resolve("http://h/b", "http://me:secret@h/a").text == "http://me:secret@h/b")
        #expect(Self.resolve("http://you@h/b", "http://me:secret@h/a").text == "http://you@h/b")
        #expect(Self.resolve("http://i/b", "http://me:secret@h/a").text == "http://i/b")
    }
}
