import NIOCore
import SampleWebapp
import Testing

@Suite struct ResponseRendererTests {
    @Test func writesHeadAndBodyIntoOneBuffer() {
        var renderer = ResponseRenderer()
        let buffer = renderer.render(.welcome, connection: .keepAlive, withBody: true, unixSeconds: 784_111_777)
        #expect(
            String(buffer: buffer) == """
                HTTP/1.1 200 OK\r
                Server: sample-webapp\r
                Cache-Control: no-cache\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 74\r
                \r
                Welcome to the "Distributed Load Testing Using Kubernetes" sample web app

                """)
    }

    @Test func saysHowTheConnectionGoesOn() {
        var renderer = ResponseRenderer()
        let closing = String(buffer: renderer.render(.welcome, connection: .close, withBody: true, unixSeconds: 0))
        #expect(closing.contains("\r\nConnection: close\r\n\r\n"))
        let staying = String(buffer: renderer.render(.welcome, connection: .announcedKeepAlive, withBody: true, unixSeconds: 0))
        #expect(staying.contains("\r\nConnection: keep-alive\r\n\r\n"))
    }

    @Test func answersHeadWithoutBody() {
        var renderer = ResponseRenderer()
        let answer = Answer.methodNotAllowed(Route(.welcome, .head), allow: "GET")
        let text = String(buffer: renderer.render(answer, connection: .keepAlive, withBody: false, unixSeconds: 0))
        #expect(text.hasSuffix("Content-Length: 0\r\nAllow: GET\r\n\r\n"))
    }

    @Test func followsTheClock() {
        var renderer = ResponseRenderer()
        for (second, text) in [(0, "00:00:00"), (1, "00:00:01"), (1, "00:00:01"), (61, "00:01:01")] {
            #expect(String(buffer: renderer.render(.notFound, connection: .close, withBody: true, unixSeconds: second)).contains(text))
        }
    }
}
