import Foundation
import Glibc
import TestServers

/// nginx, a server that is not ours: HTTP, HTTPS with HTTP/2 and a certificate that it signed itself, and a forward proxy.
final class Nginx {
    let port: Int
    let tlsPort: Int
    let proxyPort: Int
    let hasIPv6 = FileManager.default.fileExists(atPath: "/proc/net/if_inet6")
    private let folder: TestFolder
    private let program: RunningProgram

    /// Where the program is; nil: not on this machine.
    static var path: String? {
        ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    init() throws {
        guard let path = Self.path else { throw RawConnectionError(what: "no nginx") }
        folder = try TestFolder()
        (port, tlsPort, proxyPort) = (Loopback.freePort(), Loopback.freePort(), Loopback.freePort())
        _ = try folder.file("hello.txt", String(repeating: "hello world\n", count: 1000))
        let certificate = try RunningProgram(
            path: "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "\(folder.path)/key.pem", "-out",
                "\(folder.path)/cert.pem",
            ]
        ).waitForEnd()
        if certificate.exitCode != 0 { throw RawConnectionError(what: "openssl: \(certificate.errors)") }
        let configuration = """
            daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log;
            events { worker_connections 512; }
            http {
              log_format protocol '$server_port $server_protocol $status $request_length "$request"';
              access_log access.log protocol;
              log_format visits '$msec $arg_u';
              access_log visits.log visits if=$arg_u;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              gzip on; gzip_types text/plain; gzip_min_length 100; default_type text/plain; keepalive_requests 100000;
              server {
                listen 127.0.0.1:\(port); \(hasIPv6 ? "listen [::1]:\(port);" : "")
                listen 127.0.0.1:\(tlsPort) ssl http2;
                ssl_certificate cert.pem; ssl_certificate_key key.pem;
                root .;
                location = /ok { return 200 "fine"; }
                location = /moved { return 302 /ok; }
              }
              server {
                listen 127.0.0.1:\(proxyPort);
                location / { proxy_pass http://127.0.0.1:\(port); }
              }
            }
            """
        _ = try folder.file("nginx.conf", configuration)
        program = try RunningProgram(path: path, ["-p", folder.path, "-c", "nginx.conf", "-e", "error.log"])
        let (port, program) = (port, program)
        let isUp = becomesTrue {
            if let _ = try? RawConnection(port: port) { return true }
            return false
        }
        if !isUp { throw RawConnectionError(what: "nginx did not start: \(program.errors)") }
    }

    deinit { program.signal(SIGTERM) }

    /// The certificate, which is its own authority.
    var certificate: String { "\(folder.path)/cert.pem" }
    /// One line a request: port, protocol, status, length of the request, its first line.
    func log() throws -> [String] { try folder.text("access.log").split(separator: "\n").map(String.init) }

    /// Requests with a parameter `u`, in the order of their ends: when, in seconds since 1970, and what `u` was.
    func visits() throws -> [(second: Double, user: String)] {
        try folder.text("visits.log").split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let second = Double(parts[0]) else { throw RawConnectionError(what: "nginx wrote \(line)") }
            return (second, String(parts[1]))
        }
    }
}
