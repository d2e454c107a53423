import Testing

@testable import Scripting

struct ResponseTests {
    private let headers =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nset-cookie:  b=2  \r\nEmpty:\r\nno colon\r\n\r\n"

    @Test func fieldsAreThose() throws {
        let driver = try ScriptDriver.task(
            """
            local r = self.http:get("/")
            print(r.status, r.ok, r.truncated, r.body, #r.body)
            print(r.headers["content-type"], r.headers["CONTENT-TYPE"], r.headers.Missing, r.headers["Set-Cookie"], r.headers.empty, r.headers[1])
            local names = {} for name in pairs(r.headers) do names[#names + 1] = name end
            table.sort(names) print(table.concat(names, " "))
            """)
        driver.answer = { [headers] _ in .init(status: 404, body: "größe\0", headers: headers, isBodyTruncated: true) }
        driver.run()
        #expect(
            driver.lines == [
                "404\tfalse\ttrue\tgröße\0\t8", "text/plain\ttext/plain\tnil\ta=1, b=2\t\tnil", "content-type empty set-cookie",
            ])
    }

    @Test func transportFailureHasStatusZeroAndEmptyBody() throws {
        let driver = try ScriptDriver.task(
            #"local r = self.http:get("/") print(r.status, r.ok, r.body == "", r.headers.x) print(check(r, "c", false))"#)
        driver.answer = { _ in .init(status: 0, headers: "", transportFailure: "Connection refused") }
        // No second reason: the request has failed already.
        #expect(driver.run() == [.request("GET /"), .end])
        #expect(driver.lines == ["0\tfalse\ttrue\tnil", "false"])
    }

    @Test(arguments: [(199, false), (200, true), (302, true), (399, true), (400, false), (500, false)] as [(Int32, Bool)])
    func okMeansTwoOrThreeHundred(status: Int32, isOK: Bool) throws {
        let driver = try ScriptDriver.task(#"print(self.http:get("/").ok)"#)
        driver.answer = { _ in .init(status: status) }
        driver.run()
        #expect(driver.lines == ["\(isOK)"])
    }

    @Test func bodyStaysReadableForTheRestOfTheTask() throws {
        let driver = try ScriptDriver.task(
            #"local a = self.http:get("/1") sleep(1) local b = self.http:get("/2") self.http:get("/3") print(a.body, b.body, a.headers.n, b.status)"#
        )
        driver.answer = { .init(body: "body of \($0.target)", headers: "HTTP/1.1 200 OK\r\nN: \($0.target)\r\n\r\n") }
        driver.run()
        #expect(driver.lines == ["body of /1\tbody of /2\t/1\t200"])
    }

    @Test func bodyKeptBeyondTheTaskIsAClearError() throws {
        let driver = try ScriptDriver(
            """
            user "U" {
              task { "a", function(self) self.r = self.http:get("/") end },
              task { "b", function(self) print(self.r.status) print(self.r.body) end },
            }
            """)
        driver.users.create(slot: 0, userClass: 0, number: 0)
        driver.run(.task(0))
        #expect(
            driver.run(.task(1)) == [
                .exception(
                    place: "test.lua:3", message: "the body of a response can be read only until its task ends: keep what you need in self")
            ])
        #expect(driver.lines == ["200"])
    }

    private static let fields =
        "status, ok, headers, body, text, json(), truncated, time, phases, redirects, url, error and cookies"

    static let misuses: [(String, String)] = [
        ("print(r.sttus)", "a response has no field 'sttus': it has " + fields),
        ("print(r[1])", "a response has no field 'number': it has " + fields),
        ("r.body = 'x'", "a response cannot be changed: keep values in a local or in self"),
        ("check('x', true)", "check needs a response first, not string: write check(r, \"what holds\", condition)"),
        ("check(self.http, 'x', true)", "check needs a response first, not userdata: write check(r, \"what holds\", condition)"),
        ("check(r, true)", "check needs a description second, not boolean: write check(r, \"what holds\", condition)"),
        ("check(r, '', true)", "check needs a description second, not an empty text: write check(r, \"what holds\", condition)"),
        ("check(r, 'x')", "check needs a condition third: write check(r, \"what holds\", condition)"),
        (
            "sleep(0) check(r, 'x', true)",
            "check must come before the user's next request or sleep: the response's request has been counted already"
        ),
        (
            "self.http:get('/') check(r, 'x', true)",
            "check must come before the user's next request or sleep: the response's request has been counted already"
        ),
    ]

    @Test(arguments: misuses) func misuseIsAClearError(code: String, message: String) throws {
        let driver = try ScriptDriver.task(#"local r = self.http:get("/") "# + code)
        #expect(driver.run().last == .exception(place: "test.lua:2", message: message))
    }

    @Test func firstCheckThatDoesNotHoldIsTheReason() throws {
        let driver = try ScriptDriver.task(
            #"local r = self.http:get("/") print(check(r, "one", 1), check(r, "two", nil), check(r, "three", false)) self.http:get("/2")"#)
        #expect(driver.run() == [.request("GET /"), .failure("check failed: two"), .request("GET /2"), .end])
        #expect(driver.lines == ["1\tnil\tfalse"])
    }

    @Test func failedCheckBeforeAnErrorStillCounts() throws {
        let driver = try ScriptDriver.task(#"local r = self.http:get("/") check(r, "c", false) error("e")"#)
        #expect(driver.run() == [.request("GET /"), .failure("check failed: c"), .exception(place: "test.lua:2", message: "e")])
    }

    @Test func failedCheckBeforeARefusedRequestStillCounts() throws {
        let driver = try ScriptDriver.task(#"local r = self.http:get("/") check(r, "c", false) pcall(self.http.get, self.http, 1)"#)
        #expect(driver.run() == [.request("GET /"), .failure("check failed: c"), .end])
    }

    @Test func longDescriptionIsCutBetweenCharacters() throws {
        let driver = try ScriptDriver.task(#"local r = self.http:get("/") check(r, ("ä"):rep(300) .. "x", false) "#)
        #expect(driver.run()[1] == .failure("check failed: " + String(repeating: "ä", count: 256)))
    }
}
