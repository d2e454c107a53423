import Testing

@testable import Scripting

struct DigestLibraryTests {
    /// RFC 1321, section A.5; FIPS 180-4, examples of NIST.
    static let digests: [(String, String, String)] = [
        ("md5", "", "d41d8cd98f00b204e9800998ecf8427e"),
        ("md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "sha384", "abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            "sha512", "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test(arguments: digests) func digestIsThatOfTheStandard(name: String, text: String, digest: String) throws {
        #expect(try LibraryCheck.value("hash.\(name)('\(text)')") == digest)
        #expect(try LibraryCheck.value("hex.encode(hash.\(name)('\(text)', 'raw'))") == digest)
        #expect(try LibraryCheck.value("hex.encode(base64.decode(hash.\(name)('\(text)', 'base64')))") == digest)
    }

    /// RFC 4231, test cases 1, 2, 4 and 6; RFC 2202, test case 2.
    static let codes: [(String, String, String, String)] = [
        ("sha1", "'Jefe'", "'what do ya want for nothing?'", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("sha256", "('\\x0b'):rep(20)", "'Hi There'", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("sha256", "'Jefe'", "'what do ya want for nothing?'", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "sha256", "hex.decode('0102030405060708090a0b0c0d0e0f10111213141516171819')", "('\\xcd'):rep(50)",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            "sha512", "('\\xaa'):rep(131)", "'Test Using Larger Than Block-Size Key - Hash Key First'",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        ),
    ]

    @Test(arguments: codes) func codeIsThatOfTheStandard(name: String, key: String, text: String, code: String) throws {
        #expect(try LibraryCheck.value("hmac.\(name)(\(key), \(text))") == code)
    }

    static let errors: [(String, String)] = [
        ("hash.sha256()", "hash.sha256 needs a text as argument 1, not no value"),
        ("hash.md5('x', 'octal')", "hash.md5 gives \"hex\", \"raw\" or \"base64\""),
        ("hmac.sha256('k', nil)", "hmac.sha256 needs a text as argument 2, not nil"),
        ("hash.sha1((function() local t = ('x'):rep(40 << 20) return t .. t end)())", "hash.sha1 takes a text of at most 67108864 bytes"),
    ]

    @Test(arguments: errors) func whatIsWrongIsSaid(expression: String, message: String) throws {
        let error = try LibraryCheck.error(expression)
        #expect(error.hasPrefix(message), "\(error)")
    }
}
