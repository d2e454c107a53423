import Testing

@testable import ScriptWriting

struct LuaTextTests {
    @Test func textsAreQuoted() {
        #expect(LuaText.quoted("a\"b\\c\n\u{1}2é") == "\"a\\\"b\\\\c\\n\\0012é\"")
    }
}
