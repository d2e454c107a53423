import LocustLink
import Statistics
import Testing

struct LocustTimeTests {
    /// Measured at Locust 2.47.
    @Test(arguments: [
        (0.4, 0), (0.5, 0), (1.5, 2), (2.5, 2), (99.5, 100), (105, 100), (115, 120), (125, 120), (147, 150), (999, 1000), (1050, 1000),
        (1051, 1100), (1250, 1200), (3432, 3400), (9950, 10000), (10500, 10000), (11500, 12000), (58760, 59000), (-1, 0), (.nan, 0),
    ])
    func keysAreLocusts(milliseconds: Double, key: Int64) { #expect(LocustTime.key(ofMilliseconds: milliseconds) == key) }

    @Test(arguments: [
        ("LocustBadStatusCode(code=500)", "'LocustBadStatusCode(code=500)'"), ("it's", "\"it's\""), ("it's \"so\"", "'it\\'s \"so\"'"),
        ("a\\b\n\t", "'a\\\\b\\n\\t'"), ("\u{7f}é€\u{200b}😀", "'\\x7fé€\\u200b😀'"), ("\u{a0}\u{e000}", "'\\xa0\\ue000'"),
    ])
    func textsAreAsPythonWritesThem(text: String, written: String) { #expect(PythonText.repr(text) == written) }

    @Test func errorsHaveLocustsKeys() {
        #expect(
            PythonText.errorKey(method: "GET", name: "/bad", text: "LocustBadStatusCode(code=500)")
                == "9eb78a9e3a70ed16fecc90249a866af9d3e7f5ab0d7868f044e9629348c82929")
    }
}
