import HTTPServer
import Testing

@Suite struct RouterPatternTests {
    private var router: Router {
        var router = Router()
        for pattern in ["/users/{id}", "/users/{id}/items/{item}", "/users/me", "/{any}/x", "/"] {
            router.get(pattern) { request in
                let values = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return .text(([pattern] + values).joined(separator: " "))
            }
        }
        router.delete("/users/{id}") { .text("deleted \($0.parameters["id"] ?? "")") }
        router.put("/users/{id}") { .text("put \(String(decoding: $0.body, as: UTF8.self))") }
        router.post("/users/me") { _ in .text("posted") }
        router.on("OPTIONS", "/users/me") { _ in HTTPResponse(status: 204, contentType: "text/plain") }
        router.stream("/live/{room}") { _, _ in .respond(.text("")) }
        return router
    }

    @Test(arguments: [
        ("GET", "/users/7", "/users/{id} id=7"), ("HEAD", "/users/7", "/users/{id} id=7"),
        ("GET", "/users/me", "/users/me"), ("GET", "/users/ü b", "/users/{id} id=ü b"),
        ("GET", "/users/x", "/users/{id} id=x"), ("GET", "/a/x", "/{any}/x any=a"),
        ("GET", "/users/7/items/8", "/users/{id}/items/{item} id=7 item=8"), ("GET", "/", "/"),
        ("DELETE", "/users/7", "deleted 7"), ("PUT", "/users/7", "put body"), ("POST", "/users/me", "posted"),
        ("OPTIONS", "/users/me", ""),
    ])
    func `a pattern finds its values`(method: String, path: String, text: String) {
        let response = router.respond(to: HTTPRequest(method: method, path: path, body: Array("body".utf8)))
        #expect(String(decoding: response.body, as: UTF8.self) == text)
    }

    @Test(arguments: ["/users/", "/users", "/users/7/", "/users//items/8", "/users/7/items/", "/x", "//x", "", "users/7"])
    func `a place takes one part of the path and not an empty one`(path: String) {
        #expect(router.respond(to: HTTPRequest(method: "GET", path: path)).status == 404)
    }

    @Test(arguments: [
        ("POST", "/users/7", 405, "DELETE, GET, HEAD, PUT"), ("DELETE", "/users/me", 405, "GET, HEAD, OPTIONS, POST"),
        ("POST", "/live/1", 405, "GET"), ("HEAD", "/live/1", 405, "GET"), ("GET", "/live/1", 501, nil),
    ])
    func `what is not allowed says what is`(method: String, path: String, status: Int, allow: String?) {
        let response = router.respond(to: HTTPRequest(method: method, path: path))
        #expect(response.status == status)
        #expect(response.headers.first { $0.name == "Allow" }?.value == allow)
    }

    @Test func `a later handler for a pattern and method replaces the first`() {
        var router = Router()
        router.get("/a/{b}") { _ in .text("first") }
        router.get("/a/{b}") { _ in .text("second") }
        let response = router.respond(to: HTTPRequest(method: "GET", path: "/a/1"))
        #expect(String(decoding: response.body, as: UTF8.self) == "second")
    }
}
