import Testing

@testable import ScriptWriting

struct JSONValueTests {
    @Test func membersKeepTheirOrderAndNumbersTheirForm() {
        let value = JSONValue(#" {"b": [1, -0.50, 1E3], "a": {"x\u00e9\ud83d\ude00\n": null}, "": true} "#)
        #expect(
            value
                == .object([
                    .init(name: "b", value: .array([.number("1"), .number("-0.50"), .number("1E3")])),
                    .init(name: "a", value: .object([.init(name: "xé😀\n", value: .null)])), .init(name: "", value: .boolean(true)),
                ]))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "01", "1.", "1e", "+1", "nul", "\"", "\"\\x\"", "\"\\ud800\"", "\"\n\"", "[1] 2", "'a'",
        String(repeating: "[", count: 100_000), String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
    ]) func whatIsNoJSONIsNil(text: String) { #expect(JSONValue(text) == nil) }

    @Test func onlyWhatLuaCanHoldIsWritable() {
        func isWritable(_ text: String) -> Bool? { JSONValue(text)?.isWritable }
        #expect(isWritable(#"{"a":1,"b":[1.5,9223372036854775807]}"#) == true)
        #expect(isWritable(#"{"a":1,"a":2}"#) == false)
        #expect(isWritable("[92233720368547758080]") == false)
        #expect(isWritable("[1e999]") == false)
    }
}
