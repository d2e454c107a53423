import Foundation
import LoadModel
import TestServers

/// Certificates and keys made by `openssl` for one test, in a folder that is removed with the object: an authority with a server's certificate
/// and two clients', and a client of an authority that nobody knows.
final class CertificateFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "cicada-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try make("authority", subject: "/CN=authority", ["-x509"])
        try make("stranger", subject: "/CN=stranger", ["-x509"])
        let signed = ["-x509", "-CA", "\(path)/authority.pem", "-CAkey", "\(path)/authority.key"]
        try make("server", subject: "/CN=localhost", signed + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        try make("anna", subject: "/CN=anna", signed)
        try make("berta", subject: "/CN=berta", signed)
        try openssl(["pkcs8", "-topk8", "-in", "\(path)/anna.key", "-out", "\(path)/anna.encrypted", "-passout", "pass:open sesame"])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The content of a file.
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

    /// What a client shows; `key`: the name of the key's file, nil: it stands behind the certificate.
    func client(_ name: String, key: String? = nil, password: String? = nil) throws -> ConnectionProfile {
        let pem = try bytes("\(name).pem")
        let certificate =
            if let key {
                ClientCertificate(certificate: pem, key: try bytes(key), password: password)
            } else {
                ClientCertificate(certificate: pem + [10] + (try bytes("\(name).key")))
            }
        return ConnectionProfile(certificate: certificate)
    }

    private func make(_ name: String, subject: String, _ more: [String]) throws {
        try openssl(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", subject, "-keyout",
                "\(path)/\(name).key", "-out", "\(path)/\(name).pem",
            ] + more)
    }

    private func openssl(_ arguments: [String]) throws {
        let end = try RunningProgram(path: "/usr/bin/env", ["openssl"] + arguments).waitForEnd()
        if end.exitCode != 0 { throw RawConnectionError(what: "openssl ended with \(end.exitCode): \(end.errors)") }
    }
}
