internal import CJansson
internal import Glibc

/// A value inside a document. Reading a field that is not there, or of another type, throws its name and what was expected.
public struct JSONView: Sendable {
    nonisolated(unsafe) private let node: UnsafeMutablePointer<json_t>
    /// Keeps the node alive.
    private let document: JSONDocument

    init(_ node: UnsafeMutablePointer<json_t>, in document: JSONDocument) {
        self.node = node
        self.document = document
    }

    /// A member of an object; nil when it is absent or null, or when this is no object.
    public func member(_ name: String) -> JSONView? {
        guard let child = json_object_get(node, name), child.pointee.type != JSON_NULL else { return nil }
        return JSONView(child, in: document)
    }

    public var isObject: Bool { node.pointee.type == JSON_OBJECT }

    public var asInteger: Int64? { node.pointee.type == JSON_INTEGER ? Int64(json_integer_value(node)) : nil }

    public var asBoolean: Bool? {
        switch node.pointee.type {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }

    public var asString: String? {
        guard node.pointee.type == JSON_STRING, let start = json_string_value(node) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: json_string_length(node))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The items of an array; nil when it is none.
    public var asArray: [JSONView]? {
        guard node.pointee.type == JSON_ARRAY else { return nil }
        return (0..<json_array_size(node)).compactMap { json_array_get(node, $0).map { JSONView($0, in: document) } }
    }

    // MARK: Fields

    public func integer(_ name: String) throws(PayloadError) -> Int64 {
        guard let value = try optionalInteger(name) else { throw PayloadError("\(name) is missing") }
        return value
    }

    public func optionalInteger(_ name: String) throws(PayloadError) -> Int64? {
        guard let member = member(name) else { return nil }
        guard let value = member.asInteger else { throw PayloadError("\(name) is not an integer") }
        return value
    }

    public func string(_ name: String) throws(PayloadError) -> String {
        guard let value = try optionalString(name) else { throw PayloadError("\(name) is missing") }
        return value
    }

    public func optionalString(_ name: String) throws(PayloadError) -> String? {
        guard let member = member(name) else { return nil }
        guard let value = member.asString else { throw PayloadError("\(name) is not a string") }
        return value
    }

    public func optionalBoolean(_ name: String) throws(PayloadError) -> Bool? {
        guard let member = member(name) else { return nil }
        guard let value = member.asBoolean else { throw PayloadError("\(name) is neither true nor false") }
        return value
    }

    public func array(_ name: String) throws(PayloadError) -> [JSONView] {
        guard let member = member(name) else { throw PayloadError("\(name) is missing") }
        guard let items = member.asArray else { throw PayloadError("\(name) is not an array") }
        return items
    }

    /// As JSON text without blanks.
    public var text: String {
        guard let characters = json_dumps(node, Int(JSON_COMPACT | JSON_ENCODE_ANY)) else { return "null" }
        defer { free(characters) }
        return String(cString: characters)
    }
}
