import Foundation
import Glibc
import TestServers

/// nginx with TLS and HTTP/2. It answers with the number of the connection, the protocol and the name in the client's certificate.
final class TLSServer {
    /// Asks nobody for a certificate.
    let port: Int
    /// Serves clients of the authority only; HTTP/1.1.
    let provenPort: Int
    private let folder: CertificateFolder
    private let program: RunningProgram

    /// Where the program is; nil: not on this machine.
    static var path: String? {
        ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    init(_ folder: CertificateFolder) throws {
        self.folder = folder
        guard let path = Self.path else { throw RawConnectionError(what: "no nginx") }
        (port, provenPort) = (Loopback.freePort(), Loopback.freePort())
        let configuration = """
            daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log;
            events { worker_connections 512; }
            http {
              access_log off; default_type text/plain; keepalive_requests 100000;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              ssl_certificate server.pem; ssl_certificate_key server.key;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                location / { return 200 "$connection $server_protocol -"; }
                location = /moved { return 307 /here; }
              }
              server {
                listen 127.0.0.1:\(provenPort) ssl;
                ssl_verify_client on; ssl_client_certificate authority.pem;
                location / { return 200 "$connection $server_protocol $ssl_client_s_dn"; }
              }
            }
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/nginx.conf"))
        program = try RunningProgram(path: path, ["-p", folder.path, "-c", "nginx.conf", "-e", "error.log"])
        let (port, program) = (port, program)
        let isUp = becomesTrue {
            if let descriptor = try? Loopback.connect(port: port) { return close(descriptor) == 0 }
            return false
        }
        if !isUp { throw RawConnectionError(what: "nginx did not start: \(program.errors)") }
    }

    deinit { program.signal(SIGTERM) }
}
