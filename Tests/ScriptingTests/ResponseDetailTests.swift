import LoadModel
import Testing

@testable import Scripting

struct ResponseDetailTests {
    @Test func figuresAreThoseOfTheTransport() throws {
        let driver = try ScriptDriver.task(
            """
            local r = self.http:get("/")
            print(r.time, r.phases.lookup, r.phases.connect, r.phases.tls, r.phases.wait, r.phases.receive, r.redirects, r.url, r.error)
            self.r = r
            """)
        driver.answer = { _ in
            var phases = PhaseTimes()
            phases.waitMicroseconds = 1500
            phases.receiveMicroseconds = 250
            phases.connectMicroseconds = 0
            return .init(serviceTimeNanoseconds: 2_000_000, phases: phases, hops: 2, finalURL: "http://h/end")
        }
        driver.run()
        #expect(driver.lines == ["0.002\tnil\t0.0\tnil\t0.0015\t0.00025\t2\thttp://h/end\tnil"])
    }

    @Test func failureHasItsWords() throws {
        let driver = try ScriptDriver.task(
            #"local r = self.http:get("/") print(r.error, r.url, r.status, r.text, next(r.cookies), r:json())"#)
        driver.answer = { _ in .init(status: 0, headers: "", transportFailure: "Connection refused") }
        driver.run()
        #expect(driver.lines[0].hasPrefix("Connection refused\tnil\t0\t\tnil\tnil\tthe body is not JSON: line 1, column 1"))
    }

    @Test func cookiesAreThoseOfTheAnswer() throws {
        let driver = try ScriptDriver.task(
            """
            local r = self.http:get("/")
            print(r.cookies.sid, r.cookies["a b"], r.cookies.empty, r.cookies.none, r.headers["set-cookie"])
            """)
        driver.answer = { _ in
            .init(
                headers:
                    "HTTP/1.1 200 OK\r\nSet-Cookie: sid=1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\nset-cookie: a b = c=d ;x\r\nSET-COOKIE: empty=\r\nSet-Cookie: =x\r\nSet-Cookie: nothing\r\nSet-Cookie: sid=2\r\n\r\n"
            )
        }
        driver.run()
        #expect(
            driver.lines == [
                "2\tc=d\t\tnil\tsid=1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT, a b = c=d ;x, empty=, =x, nothing, sid=2"
            ])
    }

    static let paths: [(String, String)] = [
        ("", "table"), ("'data.items[1].id'", "7"), ("'data.items[2]'", "nil\tthe body has nothing at data.items[2]"),
        ("'data[\"odd name\"]'", "x"), ("\"data['odd name']\"", "x"), ("'list[2][1]'", "2"), ("'none'", "null"),
        ("'none.deeper'", "nil\tthe body has nothing at none.deeper"),
        ("'data.items.id'", "nil\tthe body has nothing at data.items.id"), ("'yes'", "false"),
        ("'[1]'", "nil\tthe body has nothing at [1]"),
        ("'[\"yes\"]'", "false"), ("'ä'", "ö"),
    ]

    @Test(arguments: paths) func pathLeadsToItsValue(path: String, shown: String) throws {
        let driver = try ScriptDriver.task(
            "local v, why = self.http:get('/'):json(\(path)) if type(v) == 'table' then v = 'table' end if why then print(v, why) else print(v) end"
        )
        driver.answer = { _ in
            .init(body: #"{"data":{"items":[{"id":7}],"odd name":"x"},"list":[1,[2]],"none":null,"yes":false,"ä":"ö"}"#)
        }
        driver.run()
        #expect(driver.lines == [shown])
    }

    @Test(arguments: ["a..b", ".a", "a.", "a[", "a[0]", "a[x]", "a[1", "a[\"x]", "a]", "a[1]b", "[", "a[-1]"])
    func wrongPathIsAnError(path: String) throws {
        let driver = try ScriptDriver.task("self.http:get('/'):json('\(path)')")
        driver.answer = { _ in .init(body: "{}") }
        guard case .exception(_, let message) = driver.run().last else {
            Issue.record("no exception: \(path)")
            return
        }
        #expect(message.hasPrefix("the path ") && message.contains("data.items[1].id"), "\(message)")
    }

    @Test func bodyThatIsNoJSONGivesNilAndWhy() throws {
        let driver = try ScriptDriver.task("print(self.http:get('/'):json('a'))")
        driver.answer = { _ in .init(body: "<html>") }
        #expect(driver.run() == [.request("GET /"), .end])
        #expect(driver.lines == ["nil\tthe body is not JSON: line 1, column 1: invalid token near '<'"])
    }

    static let texts: [(String, [UInt8], String)] = [
        ("text/plain", Array("größe".utf8), "größe"), ("text/plain", [0x61, 0xFF, 0xC3, 0x62], "a\u{FFFD}\u{FFFD}b"),
        ("text/plain; charset=UTF-8", [0xEF, 0xBB, 0xBF, 0x61], "a"), ("text/plain;charset=\"utf-8\"", [0xF0, 0x9F, 0x98], "\u{FFFD}"),
        ("text/plain; charset=ISO-8859-1", [0xE4, 0x80, 0x41], "ä€A"), ("text/plain; a=b; charset=windows-1252", [0x99], "™"),
        ("text/plain; charset=utf-16", [0xFE, 0xFF, 0x00, 0xE4], "ä"), ("text/plain; charset=utf-16le", [0x3D, 0xD8, 0x00, 0xDE], "😀"),
        ("text/plain; charset=utf-16be", [0xD8, 0x3D, 0x00, 0x61, 0x00], "\u{FFFD}a\u{FFFD}"),
        ("", [0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ]

    @Test(arguments: texts) func textIsUTF8(type: String, body: [UInt8], text: String) throws {
        let driver = try ScriptDriver.task("print(self.http:get('/').text)")
        var outcome = RequestOutcome()
        outcome.status = 200
        #expect(driver.users.begin(.task(0), slot: 0, exchange: driver.exchange) == .request)
        let command = body.withUnsafeBytes { bytes in
            Array("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n".utf8).withUnsafeBytes { headers in
                outcome.body = bytes
                outcome.headers = headers
                return driver.users.resume(slot: 0, outcome: outcome, exchange: driver.exchange)
            }
        }
        #expect(command == .end)
        #expect(driver.lines == [text])
    }

    @Test func unknownCharsetIsAnError() throws {
        let driver = try ScriptDriver.task("print(self.http:get('/').text)")
        driver.answer = { _ in .init(headers: "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=klingon\r\n\r\n") }
        #expect(
            driver.run().last
                == .exception(place: "test.lua:2", message: "the answer's charset 'klingon' is not known: read body, which holds its bytes")
        )
    }

    @Test func jsonIsCalledWithAColon() throws {
        let driver = try ScriptDriver.task("self.http:get('/').json('a')")
        #expect(
            driver.run().last
                == .exception(place: "test.lua:2", message: "json is called with a colon: write r:json() or r:json(\"items[1].id\")"))
    }
}
