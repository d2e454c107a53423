/// Which values are secrets, told from the names of their fields.
enum SecretNames {
    /// Whether a field or header of this name holds something that only its owner should know.
    static func isSecret(name: String) -> Bool {
        var letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        // As in token2.
        while letters.last?.isNumber == true { letters.removeLast() }
        return exact.contains(letters) || endings.contains(where: letters.hasSuffix) || words.contains { letters.contains($0) }
    }

    /// Whether it is one that a page hands out anew each time.
    static func isHandedOut(name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return ["csrf", "xsrf", "authenticitytoken", "requestverificationtoken", "nonce"].contains { letters.contains($0) }
    }

    private static let exact: Set<String> = [
        "auth", "pass", "pin", "otp", "totp", "cvv", "cvc", "credential", "credentials", "sid", "connectsid", "jwt", "cookie", "sig",
        "signature", "xamzsignature", "userpass", "dbpass",
    ]
    private static let endings = [
        "authorization", "passphrase", "passcode", "pincode", "pwd", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey",
        "authkey", "subscriptionkey", "csrf", "xsrf", "authcode", "sessionid", "sessid",
    ]
    /// Also with something behind them: `password_confirmation`.
    private static let words = ["password", "passwd", "passwort"]
}
