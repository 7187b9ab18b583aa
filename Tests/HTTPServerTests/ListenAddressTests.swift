import HTTPServer
import Testing

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1:9464"), ("[::1]:9464", "[::1]:9464"), (":9464", ":9464"), ("*:1", ":1"),
        ("localhost:0", "127.0.0.1:0"), ("0.0.0.0:65535", "0.0.0.0:65535"), ("off", nil),
    ])
    func `an address is read`(text: String, description: String?) throws {
        #expect(try ListenAddress.parse(text)?.description == description)
    }

    @Test(arguments: [
        "", ":", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "::1:9464",
        "[::1]", "[::1:9464", "host.example:80", "127.0.0:80", "[127.0.0.1]:80", "OFF", "127.0.0.1:80 ", "[]:80",
    ])
    func `anything else is refused with what is allowed`(text: String) {
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress.parse(text) }
        #expect(error?.text == text)
        #expect(error?.description.contains("[IPv6]:PORT") == true)
    }
}
