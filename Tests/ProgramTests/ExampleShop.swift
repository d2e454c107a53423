import Foundation
import Glibc
import TestServers

/// The imaginary shop of the examples, played by nginx: a few paths with answers that are always the same.
final class ExampleShop {
    let port: Int
    private let folder: TestFolder
    private let program: RunningProgram

    init() throws {
        guard let path = Nginx.path else { throw RawConnectionError(what: "no nginx") }
        folder = try TestFolder()
        port = Loopback.freePort()
        _ = try folder.file("nginx.conf", Self.configuration(port: port))
        program = try RunningProgram(path: path, ["-p", folder.path, "-c", "nginx.conf", "-e", "error.log"])
        let port = port
        let isUp = becomesTrue {
            if let _ = try? RawConnection(port: port) { return true }
            return false
        }
        if !isUp { throw RawConnectionError(what: "nginx did not start: \(program.errors)") }
    }

    deinit { program.signal(SIGTERM) }

    /// `http://127.0.0.1:port`
    var url: String { "http://127.0.0.1:\(port)" }

    /// Requests that it has answered.
    func count() throws -> Int { try folder.text("access.log").split(separator: "\n").count }

    private static func configuration(port: Int) -> String {
        let page =
            #"<html><head></head><body><a href="/items/1">tea</a> <a href="/items/2">rice</a>"#
            + #"<form><input name="csrf" value="t0k3n"></form></body></html>"#
        return """
            daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log;
            events { worker_connections 1024; }
            http {
              access_log access.log;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              keepalive_requests 100000; default_type text/html;
              server {
                listen 127.0.0.1:\(port);
                location = / { return 200 "<html>shop</html>"; }
                location = /style.css { default_type text/css; return 200 "body {}"; }
                location = /login {
                  default_type application/json; add_header Set-Cookie "session=$request_id; Path=/; HttpOnly";
                  return 200 '{"session":{"token":"$request_id"},"user":{"id":7}}';
                }
                location = /orders {
                  default_type application/json;
                  if ($http_authorization = "") { return 401; }
                  return 200 '{"orders":[{"id":1,"note":null},{"id":2,"note":null}]}';
                }
                location = /items { default_type application/json; return 201 '{"id":3}'; }
                location ~ ^/items/ { default_type application/json; return 200 '{"id":1,"price":2.5}'; }
                location = /seen { return 204; }
                location = /search { return 200 "<html>found</html>"; }
                location = /upload { return 201; }
                location = /old { return 302 /new; }
                location = /new { return 200 '\(page)'; }
                location = /private {
                  if ($http_authorization !~ "^Basic ") { return 401; }
                  return 200 "welcome";
                }
                location / { return 404; }
              }
            }
            """
    }
}
