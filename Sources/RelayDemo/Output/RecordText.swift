import CommandLineKit
import Kafka

/// A record as a consumer sees it, for people and for programs.
enum RecordText {
    /// Lines of "name value", each ended by a newline.
    static func render(_ record: Record) -> String {
        var table = Table(["", "", ""])
        table.append(["topic", record.topic])
        table.append(["partition", String(record.partition)])
        table.append(["offset", String(record.offset)])
        table.append(["key", text(record.key) ?? "(none)"])
        var text = table.render()
        var headers = Table(["", "", ""])
        for (index, header) in record.headers.enumerated() {
            headers.append([index == 0 ? "headers  " : "         ", header.name, Self.text(header.value) ?? "(null)"])
        }
        text += headers.render()
        for (index, line) in JSONIndent.lines(Self.text(record.value) ?? "(null)").enumerated() {
            text += (index == 0 ? "value      " : "           ") + TerminalText.printable(line) + "\n"
        }
        return text
    }

    /// One line: place, key and value.
    static func line(_ record: Record) -> String {
        TerminalText.printable(
            "\(record.topic)[\(record.partition)]@\(record.offset)  key \(text(record.key) ?? "(none)")  \(text(record.value) ?? "(null)")"
        )
    }

    static func json(_ record: Record) -> JSONValue {
        let headers = record.headers.map { header -> JSONValue in
            ["name": JSONValue(header.name), "value": JSONValue(text(header.value))]
        }
        return [
            "topic": JSONValue(record.topic), "partition": JSONValue(record.partition), "offset": JSONValue(record.offset),
            "key": JSONValue(text(record.key)), "headers": .array(headers), "value": JSONValue(text(record.value)),
        ]
    }

    private static func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
