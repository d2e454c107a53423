import NIOHTTP1
import SampleWebapp
import Testing

@Suite struct RouteTests {
    @Test(
        arguments: [
            (.GET, "/", "GET /", ""), (.POST, "/login", "POST /login", ""), (.POST, "/login?deviceid=1", "POST /login", "deviceid=1"),
            (.POST, "/metrics?a=?", "POST /metrics", "a=?"), (.HEAD, "/", "HEAD /", ""), (.GET, "/?", "GET /", ""),
            (.POST, "http://host:8000/login?x", "POST /login", "x"), (.GET, "http://host", "GET /", ""),
            (.GET, "http://host?x", "GET /", "x"),
            (.POST, "/%6cogin", "POST /login", ""), (.GET, "/login/", "(other)", ""), (.DELETE, "/nope", "(other)", ""),
            (.GET, "/Login", "(other)", ""), (.GET, "*", "(other)", ""), (.RAW(value: "BREW"), "/login", "(other) /login", ""),
            (.PURGE, "/metrics", "(other) /metrics", ""), (.GET, "/counts", "GET /counts", ""),
        ] as [(HTTPMethod, String, String, String)])
    func resolves(method: HTTPMethod, target: String, name: String, query: String) {
        let (route, found) = Route.resolve(method: method, target: target)
        #expect(route.name == name)
        #expect(String(Substring(found)) == query)
    }

    @Test func indexesAreATable() {
        for index in 0..<Route.count { #expect(Route(index: index).index == index) }
    }
}
