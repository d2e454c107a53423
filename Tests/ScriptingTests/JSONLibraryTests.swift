import Testing

@testable import Scripting

struct JSONLibraryTests {
    static let values: [(String, String)] = [
        ("1", "1"), ("-0", "0"), ("1.0", "1.0"), ("1e2", "100.0"), ("true", "true"), ("null", "null"), (#""""#, ""),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9.2233720368548e+18"), ("-9223372036854775809", "-9.2233720368548e+18"),
        ("123456789012345678901234567890", "1.2345678901235e+29"), (#""\u00e4\ud83d\ude00\n""#, "ä😀\n"), (#"  "x" "#, "x"),
        ("\u{FEFF}7", "7"),
    ]

    @Test(arguments: values) func scalarIsRead(text: String, shown: String) throws {
        #expect(try LibraryCheck.value("json.decode([==[\(text)]==])") == shown)
    }

    @Test func structureIsRead() throws {
        let lines = try LibraryCheck.lines(
            #"""
            local v = json.decode('{"a":[1,{"b":null}],"c":{},"d":[],"":"empty","a b":[12345678901234567890,"x\\u0000y"]}')
            print(v.a[1], v.a[2].b, v.a[2].b == json.null, next(v.c), #v.d, v[""], v["a b"][1], #v["a b"][2])
            print(math.type(json.decode("3")), math.type(json.decode("3.0")))
            """#)
        #expect(lines == ["1\tnull\ttrue\tnil\t0\tempty\t1.2345678901235e+19\t3", "integer\tfloat"])
    }

    @Test func writtenIsReadBack() throws {
        let text = #"{"a":[1,2.5,true,null,"x\u0001"],"b":[],"c":{},"d":[[[]]]}"#
        #expect(try LibraryCheck.value("json.encode(json.decode('\(text.replacing("\\", with: "\\\\"))'))") == text)
        #expect(
            try LibraryCheck.value("json.encode({ a = json.array(), b = json.array({ 1 }), c = {}, d = json.null })")
                == #"{"a":[],"b":[1],"c":{},"d":null}"#)
    }

    static let errors: [(String, String)] = [
        (#"json.decode("")"#, "this is not JSON: line 1, column 1: unexpected token near end of file"),
        (#"json.decode('{"a":1,\n"b":ä}')"#, "this is not JSON: line 2, column"),
        (#"json.decode('[1,]')"#, "this is not JSON: line 1, column"),
        (#"json.decode('[1] x')"#, "this is not JSON: line 1, column"),
        (#"json.decode('[12345678901234567890, x]')"#, "this is not JSON: line 1, column 24: invalid token near 'x'"),
        (#"json.decode('"\xff"')"#, "this is not JSON: line 1, column"),
        (#"json.decode('1e999')"#, "this is not JSON: line 1, column"),
        (#"json.decode('[NaN]')"#, "this is not JSON"),
        (#"json.decode(("["):rep(101) .. ("]"):rep(101))"#, "this is not JSON: it goes deeper than 100 arrays and objects"),
        (#"json.decode(("["):rep(1000000))"#, "this is not JSON: it goes deeper than 100 arrays and objects"),
        (#"json.decode("[" .. ("1,"):rep(1000001) .. "1]")"#, "this is not JSON: it holds more than 1000000 values"),
        (#"json.decode(("x"):rep(17 << 20))"#, "this is not JSON: the text has 17825792 bytes; at most 16777216 are read"),
        ("json.decode(7)", "json.decode needs a text as argument 1, not number"),
        ("json.encode(print)", "json.encode: json cannot hold a function"),
        ("json.encode({ [true] = 1 })", "json.encode: json has a table whose names are not texts"),
        (
            "json.encode((function() local t = json.array() t.x = 1 return t end)())",
            "json.encode: json has an array (json.array) with names"
        ),
        (
            "json.encode((function() local t = { 'x' } for i = 1, 60 do t = { t, t } end return t end)())",
            "json.encode: json has more than 1000000 values"
        ),
        ("json.array(3)", "json.array needs a list, not number"),
    ]

    @Test(arguments: errors) func whatIsWrongIsSaid(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }

    @Test func hundredLevelsAreRead() throws {
        #expect(try LibraryCheck.value(#"json.encode(json.decode(("["):rep(100) .. ("]"):rep(100)))"#).utf8.count == 200)
    }

    @Test func mayBeUsedAtTheTopLevel() {
        #expect(LibraryCheck.topLevelError(#"json.encode(json.decode("[1]"))"#) == "no error")
    }
}
