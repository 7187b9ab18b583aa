import HTTPServer
import Testing

@Suite struct RouterTests {
    private var router: Router {
        var router = Router()
        router.get("/a") { request in .json("{\"method\":\"\(request.method)\"}") }
        return router
    }

    @Test(arguments: [
        ("GET", "/a", 200), ("HEAD", "/a", 200), ("POST", "/a", 405), ("OPTIONS", "/a", 405), ("GET", "/a/", 404),
        ("GET", "/A", 404), ("GET", "", 404), ("POST", "/b", 404), ("GET", "/a/../a", 404),
    ])
    func `a request finds its handler or a refusal`(method: String, path: String, status: Int) {
        let response = router.respond(to: HTTPRequest(method: method, path: path))
        #expect(response.status == status)
        #expect(response.headers.contains { $0.name == "Allow" && $0.value == "GET, HEAD" } == (status == 405))
        #expect(response.contentType == "application/json")
    }

    @Test func `an unknown path tells nothing about the others`() {
        let response = router.respond(to: HTTPRequest(method: "GET", path: "/secret"))
        #expect(String(decoding: response.body, as: UTF8.self) == "{\"error\":\"not found\"}\n")
    }

    @Test func `header names are found in any letter case`() {
        let request = HTTPRequest(
            method: "GET", path: "/", query: [("a", "1"), ("a", "2")], headers: [("X-One", "1"), ("x-one", "2")])
        #expect(request.header("x-ONE") == "1")
        #expect(request.header("x-two") == nil)
        #expect(request.queryValue("a") == "1")
        #expect(request.queryValue("b") == nil)
    }

    @Test(arguments: [
        ("/health/live", 200, "{\"status\":\"live\"}\n"),
        ("/health/ready", 503, "{\"status\":\"not ready\",\"reasons\":[\"broker \\\"b1\\\" is away\",\"no stream\"]}\n"),
        ("/metrics", 200, "m 1\n"), ("/status", 200, "{\"slot\":\"s\"}"),
    ])
    func `the health endpoints answer from their closures`(path: String, status: Int, body: String) {
        var router = Router()
        HealthEndpoints.register(
            in: &router, live: { true }, ready: { (false, ["broker \"b1\" is away", "no stream"]) },
            metrics: { "m 1\n" }, status: { "{\"slot\":\"s\"}" })
        let response = router.respond(to: HTTPRequest(method: "GET", path: path))
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self) == body)
        let type = path == "/metrics" ? "text/plain; version=0.0.4; charset=utf-8" : "application/json"
        #expect(response.contentType == type)
    }

    @Test func `a ready and a dying service say so`() {
        var router = Router()
        HealthEndpoints.register(
            in: &router, live: { false }, ready: { (true, []) }, metrics: { "" }, status: { "{}" })
        let ready = router.respond(to: HTTPRequest(method: "GET", path: "/health/ready"))
        #expect(ready.status == 200)
        #expect(String(decoding: ready.body, as: UTF8.self) == "{\"status\":\"ready\",\"reasons\":[]}\n")
        #expect(router.respond(to: HTTPRequest(method: "GET", path: "/health/live")).status == 503)
    }
}
