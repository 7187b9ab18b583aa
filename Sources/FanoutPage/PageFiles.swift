/// The page that `outbox-fanout` serves, and the client module that people use in their own pages. The files are part of the program.
public enum PageFiles {
    /// One file and where it is found.
    public struct File: Sendable {
        public let path: String
        public let contentType: String
        public let bytes: [UInt8]
    }

    public static let all = [
        File(path: "/", contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        clientModule,
        File(path: "/page.js", contentType: "text/javascript; charset=utf-8", bytes: PackageResources.page_js),
        File(path: "/style.css", contentType: "text/css; charset=utf-8", bytes: PackageResources.style_css),
    ]

    /// The module that other sites may load from here.
    public static let clientModule = File(
        path: "/outbox-client.js", contentType: "text/javascript; charset=utf-8", bytes: PackageResources.outbox_client_js)
}
