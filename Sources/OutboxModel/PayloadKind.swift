/// What is known about the payload column's text form.
enum PayloadKind: Sendable {
    /// json or jsonb: the server has checked it.
    case json
    /// bytea: hexadecimal digits behind `\x`.
    case bytea
    /// Any other type: text that may or may not be JSON.
    case text

    init(typeOID: UInt32) {
        switch typeOID {
        case ColumnType.json, ColumnType.jsonb: self = .json
        case ColumnType.bytea: self = .bytea
        default: self = .text
        }
    }
}
