import LoadModel
import Testing

@testable import Scripting

struct RequestReaderTests {
    @Test(arguments: HTTPMethod.allCases) func everyMethodHasItsFunction(method: HTTPMethod) throws {
        let driver = try ScriptDriver.task("self.http:\(method.text.lowercased())(\"/p\")")
        driver.run()
        #expect(driver.requests == [.init(method: method, target: "/p", name: "", body: "", bodyKind: .none, headers: [])])
    }

    static let bodies: [(String, RequestDraft.BodyKind, String)] = [
        ("form = { b = 'x y', a = 1, c = true }", .form, "a=1&b=x+y&c=true"),
        ("form = { { 'b', 2 }, { 'a', 1.5 }, { 'b', false } }", .form, "b=2&a=1.5&b=false"),
        ("form = {}", .form, ""),
        ("form = { k = 'a-Z_0.9*~/?&=%+\\n\\0ä' }", .form, "k=a-Z_0.9*%7E%2F%3F%26%3D%25%2B%0A%00%C3%A4"),
        ("form = { ['ü &'] = '' }", .form, "%C3%BC+%26="),
        ("form = { x = 1e100, y = -3, z = 2.0, w = math.mininteger }", .form, "w=-9223372036854775808&x=1e%2B100&y=-3&z=2.0"),
        (
            "form = { l = 1, k = 2, j = 3, i = 4, h = 5, g = 6, f = 7, e = 8, d = 9, c = 10, b = 11, a = 12 }", .form,
            "a=12&b=11&c=10&d=9&e=8&f=7&g=6&h=5&i=4&j=3&k=2&l=1"
        ),
        ("body = 'raw \\0 bytes'", .raw, "raw \0 bytes"),
        ("body = ''", .raw, ""),
        ("json = { b = { 1, 2.5, 'x' }, a = true, c = {} }", .json, #"{"a":true,"b":[1,2.5,"x"],"c":{}}"#),
        ("json = { { x = 1 }, { x = 2 } }", .json, #"[{"x":1},{"x":2}]"#),
        ("json = 'q\"\\\\ \\n\\t\\r\\b\\f\\1\\31 ä'", .json, #""q\"\\ \n\t\r\b\f\u0001\u001f ä""#),
        ("json = 0.1", .json, "0.1"),
        ("json = { 1/3, 1e300, -0.0, 3.0 }", .json, "[0.3333333333333333,1e+300,-0,3]"),
        ("json = false", .json, "false"),
    ]

    @Test(arguments: bodies) func bodyIsWritten(options: String, kind: RequestDraft.BodyKind, body: String) throws {
        let driver = try ScriptDriver.task("self.http:post('/p', { \(options) })")
        #expect(driver.run() == [.request("POST /p"), .end])
        #expect(driver.requests.first?.body == body)
        #expect(driver.requests.first?.bodyKind == kind)
    }

    static let targets: [(String, String, String)] = [
        ("'/a?b=c'", "/a?b=c", ""),
        ("'http://other:81/x'", "http://other:81/x", ""),
        ("'/größe'", "/gr%C3%B6%C3%9Fe", ""),
        ("'/a', { name = 'group' }", "/a", "group"),
        ("'/a', { query = { q = 'x y', p = 1 } }", "/a?p=1&q=x+y", "/a"),
        ("'/a?z=0', { query = { { 'q', 1 }, { 'q', 2 } } }", "/a?z=0&q=1&q=2", "/a?z=0"),
        ("'/a', { query = {}, name = 'n' }", "/a", "n"),
        ("'/a', nil", "/a", ""),
    ]

    @Test(arguments: targets) func targetAndNameAreWritten(arguments: String, target: String, name: String) throws {
        let driver = try ScriptDriver.task("self.http:get(\(arguments))")
        #expect(driver.run().last == .end)
        #expect(driver.requests.first?.target == target)
        #expect(driver.requests.first?.name == name)
    }

    @Test func headersAreLines() throws {
        let driver = try ScriptDriver.task(
            "self.http:get('/', { headers = { ['X-B'] = 'two words', Accept = '*/*', Age = 3 } }) self.http:get('/', { headers = { { 'A', '1' }, { 'A', '' } } })"
        )
        driver.run()
        #expect(driver.requests.map(\.headers) == [["Accept: */*", "Age: 3", "X-B: two words"], ["A: 1", "A: "]])
    }

    static let refusals: [(String, String)] = [
        ("post('/', { form = { x = 0/0 } })", "form field \"x\" is infinite or not a number: give a finite number or a text"),
        ("get('/', { query = { x = math.huge } })", "query field \"x\" is infinite or not a number: give a finite number or a text"),
        ("post('/', { multipart = { x = -1/0 } })", "multipart field \"x\" is infinite or not a number: give a finite number or a text"),
        ("get('/', { headers = { x = 1/0 } })", "the header x is infinite or not a number: give a finite number or a text"),
        (
            "get('/', { headers = (function() local t = {} for i = 1, 1001 do t['k' .. i] = i end return t end)() })",
            "headers holds 1001 headers: at most 1000 are sent with a request"
        ),
        (
            "get('/', { headers = { x = ('y'):rep(1 << 20) } })",
            "the headers have more than 1048576 bytes: send much data in the body"
        ),
        ("post(nil)", "the URL must be a text, not nil: write \"/path\""),
        ("post('')", "the URL \"\" begins neither with / nor with http:// or https://: write \"/\""),
        ("post('http://')", "the URL \"http://\" begins neither with / nor with http:// or https://: write \"/http://\""),
        ("post('/a b')", "the URL holds a space at position 3: write %20, or use the option query"),
        ("post('/a\\nb')", "the URL holds a control character at position 3: write %0A, or use the option query"),
        ("post('/', 'x')", "the options must be a table, not the text \"x\": write { form = { ... } }"),
        ("post('/', {}, 1)", "takes a URL and one table of options, but there are 3 arguments"),
        ("post('/', { 'x' })", "the options have an item without a name: write { form = { ... } }"),
        ("post('/', { frm = {} })", "there is no option 'frm': did you mean 'form'?"),
        (
            "post('/', { zzzzzz = {} })",
            "there is no option 'zzzzzz': there are: form, json, body, multipart, headers, query, name, timeout, redirects, auth, expect"
        ),
        ("post('/', { form = {}, json = {} })", "a request has one body, but form and json are given: keep one"),
        ("post('/', { form = {}, json = {}, body = '' })", "a request has one body, but form and json and body are given: keep one"),
        ("trace('/', { form = {} })", "a TRACE request has no body: use query, or another method"),
        ("trace('/', { body = '' })", "a TRACE request has no body: use query, or another method"),
        ("post('/', { json = 1, multipart = { a = 1 } })", "a request has one body, but json and multipart are given: keep one"),
        ("head('/', { body = '' })", "a HEAD request has no body: use query, or another method"),
        ("post('/', { form = 'a=b' })", "form must be a table, not the text \"a=b\": write form = { name = value }"),
        ("post('/', { form = { x = {} } })", "form field \"x\" must be a text, a number or a boolean, not a table"),
        ("post('/', { form = { [true] = 1 } })", "form must have texts as names: { name = value } or { { \"name\", value }, ... }"),
        ("post('/', { form = { 'x' } })", "item 1 of form must be a pair { \"name\", value }"),
        ("post('/', { form = { { 'x', 1 }, { 'y' } } })", "item 2 of form must be a pair { \"name\", value }"),
        ("post('/', { form = { { 1, 2 } } })", "item 1 of form must have a text as its name: { \"name\", value }"),
        (
            "post('/', { form = { { 'x', 1 }, y = 2 } })",
            "form mixes pairs and names: use either { name = value } or { { \"name\", value }, ... }"
        ),
        ("post('/', { body = {} })", "body must be a text, not a table: use json or form for a table"),
        ("post('/', { query = 1 })", "query must be a table, not the number 1: write query = { name = value }"),
        ("post('/#f', { query = {} })", "the URL has a fragment (#...), so query cannot be added: remove the fragment"),
        ("post('/', { name = 1 })", "name must be a text, not the number 1"),
        ("post('/', { name = '' })", "name is empty: leave it out to count the request under its URL"),
        ("post('/', { name = 'a\\tb' })", "name holds a control character"),
        ("post('/', { headers = 1 })", "headers must be a table, not the number 1: write headers = { Name = \"value\" }"),
        ("post('/', { headers = { ['a b'] = '' } })", "\"a b\" cannot be a header's name: use letters, digits and -"),
        ("post('/', { headers = { [''] = '' } })", "\"\" cannot be a header's name: use letters, digits and -"),
        ("post('/', { headers = { X = 'a\\r\\nB: c' } })", "the header X holds a line break or NUL byte: remove it"),
        ("post('/', { headers = { X = 'a\\0' } })", "the header X holds a line break or NUL byte: remove it"),
        ("post('/', { headers = { X = true } })", "the header X must be a text or a number, not true"),
        ("post('/', { headers = { ['content-LENGTH'] = 1 } })", "the header Content-Length is set by the client itself: leave it out"),
        (
            "post('/', { json = { 1, x = 2 } })",
            "json has a table with both items and names, or with gaps: use either an array or an object"
        ),
        ("post('/', { json = { 1, nil, 3, nil, 5 } })", "json has an array with gaps: put values into 1 to n without a nil between"),
        ("post('/', { json = { [3] = 1 } })", "json has a table whose names are not texts, or an array that does not begin at 1"),
        ("post('/', { json = print })", "json cannot hold a function"),
        ("post('/', { json = 0/0 })", "json cannot hold a number that is infinite or not a number"),
        ("post('/', { json = '\\xff' })", "json cannot hold a text that is not UTF-8: send such bytes with body"),
        (
            "post('/', { json = (function() local t = {} t.t = t return t end)() })",
            "json goes deeper than 100 tables: does a table contain itself?"
        ),
    ]

    @Test(arguments: refusals) func wrongArgumentsAreRefusedWhereTheyStand(call: String, message: String) throws {
        let driver = try ScriptDriver.task("\nself.http:\(call)")
        let function = call.prefix { $0 != "(" }
        #expect(driver.run() == [.exception(place: "test.lua:3", message: "http:\(function): \(message)")])
        let isEmpty = driver.exchange.request.target.isEmpty && driver.exchange.request.body.isEmpty
        #expect(isEmpty)
    }

    @Test func tablesOfManyItemsFit() throws {
        let driver = try ScriptDriver.task(
            """
            local f, l = {}, {}
            for i = 1, 5000 do f["k" .. i] = i; l[i] = { "k", i } end
            self.http:post("/", { form = f }) self.http:post("/", { form = l }) self.http:post("/", { json = f }) self.http:post("/", { json = l })
            """)
        #expect(driver.run().count == 5)
        #expect(driver.requests[0].body.split(separator: "&").count == 5000)
        #expect(driver.requests[1].body.hasPrefix("k=1&k=2&k=3&"))
        #expect(driver.requests[2].body.hasPrefix(#"{"k1":1,"k10":10,"k100":100,"#))
        #expect(driver.requests[3].body.hasPrefix(#"[["k",1],["k",2],"#))
    }
}
