import Testing

@testable import ScriptWriting

struct SecretTextTests {
    private static let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl_-x"

    /// Secrets of texts, each in brackets.
    private func marked(_ text: String, isForm: Bool = false) -> String {
        SecretText(text, isForm: isForm).pieces.map { piece in
            switch piece {
            case .plain(let text): text
            case .secret(let text, _): "[\(text)]"
            }
        }.joined()
    }

    private static let cases: [(text: String, marked: String)] = [
        (#"{"password": "a\"b", "n":1}"#, #"{"password": "[a\"b]", "n":1}"#),
        (#"{"a":"x","pin" : 12345,"pin":"12""#, #"{"a":"x","pin" : [12345],"pin":"[12]""#),
        (#"{"password":"cut o"#, #"{"password":"[cut o]"#),
        (#"{"p\u0061ssword":"x"}"#, #"{"p\u0061ssword":"[x]"}"#),
        (#"{"inner":"{\"token\":\"a\\\"b\",\"n\":1}"}"#, #"{"inner":"{\"token\":\"[a\\\"b]\",\"n\":1}"}"#),
        (#"{"token":true,"secret":null,"password":""}"#, #"{"token":true,"secret":null,"password":""}"#),
        ("see http://x/?api_key=k-1&n=2 there", "see http://x/?api_key=[k-1]&n=2 there"),
        (#"mutation { login(password: "hunter2") }"#, #"mutation { login(password: "[hunter2]") }"#),
        ("user: joe\npassword: p w\n", "user: joe\npassword: [p w]\n"),
        ("<a><wsse:Password Type=\"x\">p</wsse:Password></a>", "<a><wsse:Password Type=\"x\">[p]</wsse:Password></a>"),
        ("/reset/\(token)/ä", "/reset/[\(token)]/ä"), ("/eyJ.a.b", "/eyJ.a.b"), ("", ""), ("\"", "\""), ("\\\"", "\\\""),
        ("password", "password"),
        ("password=", "password="), ("<password", "<password"), ("\"password\":", "\"password\":"), ("a\\", "a\\"),
    ]

    @Test(arguments: cases) func secretsAreFound(text: String, marked: String) { #expect(self.marked(text) == marked) }

    @Test func formsEndAtAmpersands() {
        #expect(
            marked("password=B \"PW;x&a=%E4&flag&user%5Bpassword%5D=2", isForm: true)
                == "password=[B \"PW;x]&a=%E4&flag&user%5Bpassword%5D=[2]")
    }

    @Test func whatCannotBeTakenApartIsSuspicious() {
        #expect(SecretText("form-data; name=\"password\"\r\n\r\nhunter2").isSuspicious)
        #expect(!SecretText("<a><password>x</password></a>").isSuspicious)
        #expect(!SecretText("{\"password\":\"x\",\"token\":null}").isSuspicious)
    }

    /// No text, however it is cut off, is a crash or loses a character.
    @Test(arguments: cases) func everyPieceOfATextIsKept(text: String, marked: String) {
        let scalars = Array(text.unicodeScalars)
        for start in scalars.indices {
            for end in start...scalars.count {
                let part = String(String.UnicodeScalarView(scalars[start..<end]))
                for isForm in [false, true] {
                    let kept = SecretText(part, isForm: isForm).pieces.map { piece in
                        switch piece {
                        case .plain(let text), .secret(let text, _): text
                        }
                    }
                    #expect(kept.joined() == part)
                }
            }
        }
    }

    @Test func largeTextsAreReadInOneGo() {
        for unit in ["\"", "<a", "password", "\\\"", "eyJ", "token: ", "{\"a\": "] {
            let text = String(repeating: unit, count: 20_000)
            let clock = ContinuousClock()
            #expect(clock.measure { _ = SecretText(text) } < .seconds(10), "\(unit)")
        }
    }
}
