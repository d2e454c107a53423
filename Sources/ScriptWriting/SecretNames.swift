/// Which values are secrets, told from the names of their fields.
enum SecretNames {
    /// Whether a field or header of this name holds something that only its owner should know.
    static func isSecret(name: String, value: String) -> Bool {
        if value.isEmpty { return false }
        let letters = String(name.lowercased().filter { $0.isLetter || $0.isNumber })
        if exact.contains(letters) || endings.contains(where: letters.hasSuffix) { return true }
        // A JSON Web Token, wherever it stands.
        return value.hasPrefix("eyJ") && value.count > 40 && value.filter { $0 == "." }.count == 2
    }

    /// Whether it is one that a page hands out anew each time.
    static func isHandedOut(name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return ["csrf", "xsrf", "authenticitytoken", "requestverificationtoken", "nonce"].contains { letters.contains($0) }
    }

    private static let exact: Set<String> = [
        "authorization", "proxyauthorization", "auth", "pwd", "pass", "pin", "otp", "credential", "credentials", "sid", "sessionid", "jwt",
        "cookie", "sig", "signature", "xamzsignature",
    ]
    private static let endings = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey", "authkey",
        "subscriptionkey",
        "csrf", "xsrf", "authcode",
    ]
}
