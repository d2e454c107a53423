import Testing

@testable import ScriptWriting

struct ShellWordsTests {
    private static let cases: [(text: String, words: [[String]])] = [
        ("curl http://a/", [["curl", "http://a/"]]),
        ("  curl\t-X  POST   http://a/ ", [["curl", "-X", "POST", "http://a/"]]),
        (#"curl 'it is' "two words" a'b'"c""#, [["curl", "it is", "two words", "abc"]]),
        (#"curl '' """#, [["curl", "", ""]]),
        ("curl \\\n  -H 'A: b' \\\r\n  http://a/", [["curl", "-H", "A: b", "http://a/"]]),
        ("curl http://a/\ncurl http://b/ ; curl http://c/", [["curl", "http://a/"], ["curl", "http://b/"], ["curl", "http://c/"]]),
        ("curl http://a/ && curl http://b/ &", [["curl", "http://a/"], ["curl", "http://b/"]]),
        ("curl http://a/ | jq '.x' \ncurl http://b/", [["curl", "http://a/"], ["jq", ".x"], ["curl", "http://b/"]]),
        ("curl http://a/ | jq '.x;y' && curl http://b/", [["curl", "http://a/"], ["jq", ".x;y"], ["curl", "http://b/"]]),
        ("curl http://a/ > out.txt 2>&1 && echo hi", [["curl", "http://a/"], ["echo", "hi"]]),
        ("curl>>out 2>/dev/null -v &>x http://a/x2>y '>' \\> \"<\"", [["curl", "-v", "http://a/x2", ">", ">", "<"]]),
        ("curl http://a/<id>/x<in -v", [["curl", "http://a/<id>/x", "-v"]]),
        ("curl http://a/ < in -d @- <<< 'text'", [["curl", "http://a/", "-d", "@-"]]),
        ("curl http://a/ -d @- <<'EOF' -v\n{'a\nEOF\ncurl http://b/", [["curl", "http://a/", "-d", "@-", "-v"], ["curl", "http://b/"]]),
        ("# a comment; with 'quotes\ncurl http://a/#part # another", [["curl", "http://a/#part"]]),
        (#"curl "a\"b\\c\$d\n""#, [["curl", #"a"b\c$d\n"#]]),
        ("curl \"a\\\nb\"", [["curl", "ab"]]),
        (#"curl $'tab\there\n\'quoted\' \x41 \u00e9 \ud83d\ude00 \101'"#, [["curl", "tab\there\n'quoted' A é 😀 A"]]),
        (#"curl $'\ud83d'"#, [["curl", "\u{FFFD}"]]),
        (#"curl a\ b \'c"#, [["curl", "a b", "'c"]]),
        ("curl 'one\nword'", [["curl", "one\nword"]]),
        ("", []), ("\n\n  \n", []),
    ]

    @Test(arguments: cases) func wordsAreThoseOfAShell(text: String, words: [[String]]) throws {
        #expect(try ShellWords(text, file: "x").commands == words)
    }

    @Test func variablesAreNamedButNotReplaced() throws {
        let words = try ShellWords(#"curl "$HOST/a/${ID}?t=$TOKEN_2" '$QUOTED' $bare"#, file: "x")
        #expect(words.commands == [["curl", "$HOST/a/${ID}?t=$TOKEN_2", "$QUOTED", "$bare"]])
        #expect(words.variables == ["HOST", "ID", "TOKEN_2", "bare"])
    }

    @Test func outputOfCommandsIsNoted() throws {
        let words = try ShellWords(#"curl "http://a/?t=$(date "+%s")" -H "X: `id`" '$(no)' ${A:-b} "#, file: "x")
        #expect(words.commands == [["curl", #"http://a/?t=$(date "+%s")"#, "-H", "X: `id`", "$(no)", "${A:-b}"]])
        #expect(words.substitutions == [#"$(date "+%s")"#, "`id`", "${A:-b}"])
    }

    @Test(arguments: ["curl 'http://a/", "curl \"http://a/", "curl $'http://a/", "curl \"a\\"]) func openQuotesAreAnError(text: String) {
        let error = #expect(throws: ImportError.self) { try ShellWords("\n\(text)", file: "x.txt") }
        #expect(error?.description.hasPrefix("x.txt:2: a text that begins with") == true, "\(String(describing: error))")
    }

    @Test func windowsQuotingIsNamed() {
        let error = #expect(throws: ImportError.self) { try ShellWords("curl ^\"http://a/^\"", file: "x") }
        #expect(error?.remedy.contains("Copy as cURL (bash)") == true)
    }
}
