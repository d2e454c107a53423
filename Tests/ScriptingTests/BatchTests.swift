import LoadModel
import Testing

@testable import Scripting

struct BatchTests {
    @Test func responsesStandInTheOrderOfTheRequests() throws {
        let driver = try ScriptDriver.task(
            """
            local rs = self.http:batch { { "GET", "/a" }, { "post", "/b", { json = { x = 1 }, name = "B", expect = 201 } }, { "GET", "/c", nil } }
            print(#rs, rs[1].body, rs[2].status, rs[2].body, rs[3].body, rs[2].headers.n)
            check(rs[1], "one", false) fail(rs[3], "three") check(rs[2], "two", true)
            local r = self.http:get("/d")
            print(rs[1].body, rs[3].headers.n, r.body)
            """)
        driver.answer = {
            .init(status: $0.target == "/b" ? 201 : 200, body: $0.target, headers: "HTTP/1.1 200 OK\r\nN: \($0.target)\r\n\r\n")
        }
        #expect(
            driver.run() == [
                .batch(["GET /a", "POST /b", "GET /c"]), .failure("0: check failed: one"), .accepted, .failure("2: three"), .accepted,
                .request("GET /d"), .end,
            ])
        #expect(driver.lines == ["3\t/a\t201\t/b\t/c\t/b", "/a\t/c\t/d"])
        #expect(driver.requests[1] == .init(method: .post, target: "/b", name: "B", body: #"{"x":1}"#, bodyKind: .json, headers: []))
    }

    @Test func unexpectedStatusFailsItsRequestOnly() throws {
        let driver = try ScriptDriver.task(
            "self.http:batch { { 'GET', '/0' }, { 'GET', '/1', { expect = '2xx' } }, { 'GET', '/2' }, { 'GET', '/3', { expect = 404 } } }")
        driver.answer = { _ in .init(status: 404) }
        #expect(
            driver.run() == [.batch(["GET /0", "GET /1", "GET /2", "GET /3"]), .failure("1: HTTP 404, expected 2xx"), .accepted, .end])
    }

    @Test func cookiesAreClearedWithTheFirst() throws {
        let driver = try ScriptDriver.task(
            "self.http:clear_cookies() self.http:batch { { 'GET', '/0' }, { 'GET', '/1' } } self.http:get('/')")
        driver.run()
        #expect(driver.requests.map(\.clearsCookies) == [true, false, false])
    }

    @Test func listMayBeChangedAndResponsesKept() throws {
        let driver = try ScriptDriver.task(
            """
            local rs = self.http:batch { { "GET", "/a" }, { "GET", "/b" } }
            local second = rs[2] rs[1], rs[2] = 1, nil
            sleep(1) print(second.body)
            self.late = second
            """)
        driver.answer = { .init(body: $0.target) }
        driver.run()
        #expect(driver.lines == ["/b"])
    }

    static let usage = "write { \"GET\", \"/path\" } or { \"POST\", \"/path\", { json = ... } }"
    static let refusals: [(String, String)] = [
        ("{}", "http:batch has no requests"),
        ("'x'", "http:batch takes one list of requests, not string"),
        (
            "(function() local t = {} for i = 1, 101 do t[i] = { 'GET', '/' } end return t end)()",
            "http:batch takes at most 100 requests, not 101"
        ),
        ("{ 'x' }", "http:batch: request 1: is the text \"x\", not a table: " + usage),
        ("{ { 'GET', '/' }, { 1, '/' } }", "http:batch: request 2: needs a method as its first item, not the number 1"),
        ("{ { 'GTE', '/' } }", "http:batch: request 1: has an unknown method 'GTE': did you mean 'GET'?"),
        ("{ { 'GET' } }", "http:batch: request 1: the URL must be a text, not nil"),
        ("{ { 'GET', '/', json = {} } }", "http:batch: request 1: has 'json': " + usage),
        ("{ { 'GET', '/', {}, {} } }", "http:batch: request 1: has a fourth item: " + usage),
        ("{ { 'GET', '/', { frm = {} } } }", "http:batch: request 1: there is no option 'frm': did you mean 'form'?"),
    ]

    @Test(arguments: refusals) func wrongBatchIsRefused(list: String, message: String) throws {
        let driver = try ScriptDriver.task("self.http:batch(\(list))")
        guard case .exception(_, let given) = driver.run().last else {
            Issue.record("no exception")
            return
        }
        #expect(given.hasPrefix(message), "\(given)")
        #expect(driver.exchange.batchCount == 0)
    }

    @Test func hundredRequestsFit() throws {
        let driver = try ScriptDriver.task(
            """
            local t = {} for i = 1, 100 do t[i] = { "POST", "/" .. i, { form = { n = i }, query = { a = 1, b = 2, c = 3 }, headers = { X = i } } } end
            local rs = self.http:batch(t) print(#rs, rs[100].body)
            """)
        driver.answer = { .init(body: $0.body) }
        driver.run()
        #expect(driver.lines == ["100\tn=100"])
    }
}
