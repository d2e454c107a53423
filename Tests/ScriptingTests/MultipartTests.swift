import LoadModel
import Testing

@testable import Scripting

struct MultipartTests {
    private static func request(_ table: String) throws -> (ScriptDriver.Request, boundary: String) {
        let driver = try ScriptDriver.task("self.http:post('/', { multipart = \(table) })")
        #expect(driver.run().last == .end)
        let request = try #require(driver.requests.first)
        let prefix = "Content-Type: multipart/form-data; boundary="
        let header = try #require(request.headers.first { $0.hasPrefix(prefix) })
        return (request, String(header.dropFirst(prefix.count)))
    }

    @Test func partsAreThoseOfTheStandard() throws {
        let (request, boundary) = try Self.request(
            #"{ { "a", "1" }, { "up\"load", { data = "x\0\r\n\xff", filename = "ä\".txt", type = "text/plain" } }, { "n", 2 }, { "f", { data = "", filename = "b" } }, { "j", { data = "{}", type = "application/json" } }, { "t", true } }"#
        )
        #expect(request.bodyKind == .raw)
        let expected = """
            --B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n\
            --B\r\nContent-Disposition: form-data; name="up%22load"; filename="ä%22.txt"\r\nContent-Type: text/plain\r\n\r\nx\0\r\n\u{FFFD}\r\n\
            --B\r\nContent-Disposition: form-data; name="n"\r\n\r\n2\r\n\
            --B\r\nContent-Disposition: form-data; name="f"; filename="b"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n\
            --B\r\nContent-Disposition: form-data; name="j"\r\nContent-Type: application/json\r\n\r\n{}\r\n\
            --B\r\nContent-Disposition: form-data; name="t"\r\n\r\ntrue\r\n\
            --B--\r\n
            """
        #expect(request.body == expected.replacing("--B", with: "--" + boundary))
        #expect(boundary.utf8.count == 39)
    }

    @Test func fieldsWithoutOrderAreSorted() throws {
        let (request, _) = try Self.request("{ b = '2', a = '1' }")
        #expect(request.body.contains("name=\"a\"\r\n\r\n1") && request.body.hasSuffix("--\r\n"))
        let names = request.body.split(separator: "name=\"").dropFirst().map { $0.prefix(1) }
        #expect(names == ["a", "b"])
    }

    @Test func boundaryThatOccursIsDrawnAgain() throws {
        // The boundary that this seed gives first is put into the data: the same script, run anew, must give another.
        let (_, first) = try Self.request("{ a = 'x' }")
        let (request, second) = try Self.request("{ a = '--\(first)' }")
        #expect(second != first)
        #expect(request.body.contains("--\(first)\r\n--\(second)--"))
    }

    static let refusals: [(String, String)] = [
        ("1", "multipart must be a table, not the number 1: write multipart = { field = \"value\" }"),
        ("{}", "multipart has no fields: write multipart = { field = \"value\" }"),
        ("{ a = {} }", "multipart field \"a\" has no data: write { data = bytes, filename = \"a.txt\" }"),
        ("{ a = { data = 1 } }", "data of multipart field \"a\" must be a text, not the number 1"),
        ("{ a = { dta = '' } }", "multipart field \"a\" has no 'dta': did you mean 'data'?"),
        ("{ a = { 'x' } }", "multipart field \"a\" has an item without a name"),
        ("{ a = { data = '', type = 'a\\r\\nb' } }", "type of multipart field \"a\" must be a media type like \"text/plain\""),
        ("{ a = print }", "multipart field \"a\" must be a text, a number, a boolean or a table, not a function"),
        ("{ 'x' }", "item 1 of multipart must be a pair"),
        ("{ a = '' }, headers = { ['content-type'] = 'x' }", "multipart sets the header Content-Type itself"),
    ]

    @Test(arguments: refusals) func wrongPartIsRefused(table: String, message: String) throws {
        let driver = try ScriptDriver.task("self.http:post('/', { multipart = \(table) })")
        guard case .exception(_, let given) = driver.run().last else {
            Issue.record("no exception")
            return
        }
        #expect(given.hasPrefix("http:post: " + message), "\(given)")
    }
}
