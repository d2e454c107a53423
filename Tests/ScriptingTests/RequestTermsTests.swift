import LoadModel
import Testing

@testable import Scripting

struct RequestTermsTests {
    private static func request(_ call: String) throws -> ScriptDriver.Request {
        let driver = try ScriptDriver.task("self.http:\(call)")
        #expect(driver.run().last == .end, "\(call)")
        return try #require(driver.requests.first)
    }

    @Test func timeoutAndRedirectsAreRead() throws {
        let plain = try Self.request("get('/')")
        #expect(plain.timeoutMilliseconds == 0 && plain.mostRedirects == -1)
        let request = try Self.request("get('/', { timeout = 2.5, redirects = 3 })")
        #expect(request.timeoutMilliseconds == 2500 && request.mostRedirects == 3)
        #expect(try Self.request("get('/', { redirects = false })").mostRedirects == 0)
        #expect(try Self.request("get('/', { redirects = true, timeout = 0.0011 })").mostRedirects == -1)
        #expect(try Self.request("get('/', { timeout = 0.0011 })").timeoutMilliseconds == 2)
    }

    @Test func authorizationIsALine() throws {
        #expect(
            try Self.request("get('/', { auth = { user = 'Aladdin', password = 'open sesame' } })").headers
                == ["Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="])
        #expect(
            try Self.request("get('/', { auth = { user = 'test', password = '123£' } })").headers == [
                "Authorization: Basic dGVzdDoxMjPCow=="
            ])
        #expect(try Self.request("get('/', { auth = { user = 'u' } })").headers == ["Authorization: Basic dTo="])
        #expect(
            try Self.request("get('/', { auth = { bearer = 'a.b-c' }, headers = { A = 1 } })").headers
                == ["A: 1", "Authorization: Bearer a.b-c"])
        #expect(try Self.request("get('/', { auth = false })").headers == [])
    }

    @Test func methodIsNamedInAnyCase() throws {
        for name in ["patch", "PATCH", "Patch"] { #expect(try Self.request("request('\(name)', '/x', { body = 'b' })").method == .patch) }
        #expect(try Self.request("request('trace', '/x')").method == .trace)
    }

    static let refusals: [(String, String)] = [
        ("timeout = 0", "timeout must be a number of seconds from 0.001 to 86400, not 0"),
        ("timeout = '5'", "timeout must be a number of seconds from 0.001 to 86400, not the text \"5\""),
        ("timeout = 1e9", "timeout must be a number of seconds from 0.001 to 86400, not 1000000000"),
        ("timeout = 0/0", "timeout must be a number of seconds from 0.001 to 86400, not NaN"),
        ("redirects = -1", "redirects must be true, false or a whole number from 0 to 100, not -1"),
        ("redirects = 1.5", "redirects must be true, false or a whole number from 0 to 100, not 1.5"),
        (
            "auth = 'x'",
            "auth must be a table, not the text \"x\": write auth = { user = \"name\", password = \"...\" } or auth = { bearer = token }"
        ),
        (
            "auth = {}",
            "auth names neither a user nor a bearer: write auth = { user = \"name\", password = \"...\" } or auth = { bearer = token }"
        ),
        ("auth = { usr = 'x' }", "auth has no field 'usr': did you mean 'user'?"),
        ("auth = { user = 'a:b' }", "user of auth cannot hold a colon (RFC 7617)"),
        ("auth = { user = 'a', password = 'b\\r\\n' }", "user and password of auth cannot hold control characters"),
        ("auth = { bearer = 'a b' }", "bearer of auth must be a token of visible ASCII characters without spaces"),
        ("auth = { bearer = '' }", "bearer of auth must be a token of visible ASCII characters without spaces"),
        ("auth = { bearer = 7 }", "bearer of auth must be a text, not the number 7"),
        ("auth = { bearer = 'x' }, headers = { authorization = 'y' }", "both auth and a header Authorization are given: keep one"),
        ("expect = 99", "expect knows statuses like 404 and classes like \"2xx\", not the number 99"),
        ("expect = 'ok'", "expect knows statuses like 404 and classes like \"2xx\", not the text \"ok\""),
        ("expect = { 200, true }", "expect knows statuses like 404 and classes like \"2xx\", not true"),
        ("expect = {}", "expect is an empty list: write expect = 404, expect = \"2xx\" or expect = { 200, 404 }"),
        ("tiemout = 1", "there is no option 'tiemout': did you mean 'timeout'?"),
    ]

    @Test(arguments: refusals) func wrongTermIsRefused(option: String, message: String) throws {
        let driver = try ScriptDriver.task("self.http:get('/', { \(option) })")
        #expect(driver.run() == [.exception(place: "test.lua:2", message: "http:get: \(message)")])
    }

    @Test(arguments: [
        (
            "request('FETCH', '/')",
            "http:request does not know the method 'FETCH': there are GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS and TRACE"
        ),
        ("request(nil, '/')", "http:request needs a method as a text, not nil: write self.http:request(\"GET\", \"/path\")"),
        ("request('GET')", "http:get: the URL must be a text, not nil: write \"/path\""),
        (
            "gett('/')",
            "http has no function 'gett': it has get, post, put, patch, delete, head, options, trace, request, batch and clear_cookies"
        ),
    ])
    func wrongMethodIsRefused(call: String, message: String) throws {
        let driver = try ScriptDriver.task("self.http:\(call)")
        #expect(driver.run() == [.exception(place: "test.lua:2", message: message)])
    }

    static let expectations: [(String, Int32, [ScriptDriver.Event])] = [
        ("404", 404, [.accepted]), ("404", 200, [.failure("HTTP 200, expected 404")]), ("{ 200, 404 }", 404, [.accepted]),
        ("'2xx'", 299, [.accepted]), ("{ '2xx', 404 }", 500, [.failure("HTTP 500, expected 2xx or 404")]),
        ("'5XX'", 503, [.accepted]),
    ]

    @Test(arguments: expectations) func statusIsHeldAgainstTheExpectation(expect: String, status: Int32, events: [ScriptDriver.Event])
        throws
    {
        let driver = try ScriptDriver.task("self.http:get('/', { expect = \(expect) }) self.http:get('/2')")
        driver.answer = { .init(status: $0.target == "/" ? status : 500) }
        #expect(driver.run() == [.request("GET /")] + events + [.request("GET /2"), .end])
    }

    @Test func expectationBelongsToItsUser() throws {
        let driver = try ScriptDriver(
            "user 'U' { task { 't', function(self) self.http:get('/', { expect = 404 }) self.http:get('/') end } }")
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        #expect(driver.users.begin(.task(0), slot: 1, exchange: driver.exchange) == .request)
        driver.users.abandon(slot: 0)
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        #expect(driver.resume(1, with: .init(status: 404)) == .request)
        let isAccepted = driver.exchange.verdict.acceptsStatus
        #expect(isAccepted)
        driver.exchange.verdict.reset()
        #expect(driver.resume(0, with: .init(status: 200)) == .request)
        let reason = driver.exchange.verdict.failureReason.text
        #expect(reason == "HTTP 200, expected 404")
    }

    @Test func noAnswerIsNoQuestionOfStatus() throws {
        let driver = try ScriptDriver.task("local r = self.http:get('/', { expect = 404 }) fail(r, 'x') check(r, 'y', false)")
        driver.answer = { _ in .init(status: 0, headers: "", transportFailure: "Timeout") }
        #expect(driver.run() == [.request("GET /"), .end])
    }

    @Test func failAndPassAreVerdicts() throws {
        let driver = try ScriptDriver.task(
            """
            local r = self.http:get("/1") fail(r, "wrong page") check(r, "later", false)
            r = self.http:get("/2") pass(r)
            r = self.http:get("/3", { expect = 200 }) pass(r)
            r = self.http:get("/4") check(r, "first", false) pass(r)
            print(pcall(fail, r)) print(pcall(fail, r, "")) print(pcall(pass, 1)) print(pcall(fail, "r", "x"))
            self.http:get("/5") print(pcall(pass, r))
            """)
        driver.answer = { _ in .init(status: 500) }
        #expect(
            driver.run() == [
                .request("GET /1"), .failure("wrong page"), .accepted, .request("GET /2"), .accepted, .request("GET /3"), .accepted,
                .request("GET /4"),
                .failure("check failed: first"), .accepted, .request("GET /5"), .end,
            ])
        #expect(
            driver.lines.last
                == "false\tpass must come before the user's next request or sleep: the response's request has been counted already")
        #expect(
            driver.lines.dropLast() == [
                "false\tfail needs a reason second, not no value: write fail(r, \"what is wrong\")",
                "false\tfail needs a reason second, not an empty text: write fail(r, \"what is wrong\")",
                "false\tpass needs a response first, not number: write pass(r)",
                "false\tfail needs a response first, not string: write fail(r, \"what is wrong\")",
            ])
    }

    @Test func scriptsOwnReasonComesBeforeTheStatus() throws {
        let driver = try ScriptDriver.task(
            """
            check(self.http:get("/1", { expect = 404 }), "is gone", false)
            fail(self.http:get("/2", { expect = 404 }), "mine")
            check(self.http:get("/3", { expect = 404 }), "fine", true)
            """)
        #expect(
            driver.run() == [
                .request("GET /1"), .failure("check failed: is gone"), .request("GET /2"), .failure("mine"), .accepted, .request("GET /3"),
                .failure("HTTP 200, expected 404"), .end,
            ])
    }

    @Test func cookiesAreClearedWithTheNextRequest() throws {
        let driver = try ScriptDriver(
            """
            user "U" {
              task { "a", function(self) self.http:get("/1") self.http:clear_cookies() end },
              task { "b", function(self) self.http:get("/2") self.http:get("/3") end },
            }
            """)
        for slot in 0..<2 { driver.users.create(slot: slot, userClass: 0, number: slot) }
        driver.run(.task(0))
        driver.run(.task(1), slot: 1)
        driver.run(.task(1))
        #expect(driver.requests.map(\.clearsCookies) == [false, false, false, true, false])
    }

    @Test func classSaysWhatItsRequestsDoNot() throws {
        var defaults = RequestDefaults()
        defaults.headers = [("Accept", "Accept: a/b"), ("X-Shop", "X-Shop: 1"), ("Content-Type", "Content-Type: text/x")].map {
            .init(name: Array($0.0.utf8), line: Array($0.1.utf8))
        }
        defaults.authorization = Array("Authorization: Basic dTo=".utf8)
        var lines = ByteBuffer()
        lines.append("accept: c/d\0")
        defaults.addHeaders(to: &lines, isAuthorized: false, hasBoundary: true)
        let first = lines.text
        #expect(first == "accept: c/d\0X-Shop: 1\0Authorization: Basic dTo=\0")
        lines.removeAll()
        lines.append("AUTHORIZATION: x\0")
        defaults.addHeaders(to: &lines, isAuthorized: false, hasBoundary: false)
        let second = lines.text
        #expect(second == "AUTHORIZATION: x\0Accept: a/b\0X-Shop: 1\0Content-Type: text/x\0")
    }
}
