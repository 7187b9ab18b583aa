/// Rows of text in aligned columns.
public struct Table: Sendable {
    /// Where the text of a column stands.
    public enum Alignment: Sendable {
        case left
        /// For numbers.
        case right
    }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter columns: the headings; all empty leaves the heading line out.
    public init(_ columns: [(String, Alignment)]) {
        header = columns.map(\.0)
        alignments = columns.map(\.1)
    }

    /// Columns that are all aligned left.
    public init(_ columns: [String]) {
        self.init(columns.map { ($0, .left) })
    }

    /// Adds a row: missing cells are empty, surplus ones are dropped. Control characters are shown as escapes.
    public mutating func append(_ cells: [String]) {
        rows.append(header.indices.map { $0 < cells.count ? TerminalText.printable(cells[$0]) : "" })
    }

    public var isEmpty: Bool { rows.isEmpty }

    /// The table as lines, each ended by a newline.
    /// - Parameter style: applied to a padded cell of the body: (text, row, column) to text; for colours.
    public func render(style: (String, Int, Int) -> String = { text, _, _ in text }) -> String {
        let widths = header.indices.map { column in
            rows.reduce(TerminalText.width(header[column])) { max($0, TerminalText.width($1[column])) }
        }
        var text = ""
        if header.contains(where: { !$0.isEmpty }) { text += line(header, widths) { cell, _ in cell } }
        for (index, row) in rows.enumerated() {
            text += line(row, widths) { cell, column in style(cell, index, column) }
        }
        return text
    }

    private func line(_ cells: [String], _ widths: [Int], _ style: (String, Int) -> String) -> String {
        var text = ""
        for column in cells.indices {
            let space = String(repeating: " ", count: widths[column] - TerminalText.width(cells[column]))
            let isLast = column == cells.count - 1
            switch alignments[column] {
            case .right: text += space + style(cells[column], column)
            case .left: text += style(cells[column], column) + (isLast ? "" : space)
            }
            if !isLast { text += "  " }
        }
        while text.last == " " { text.removeLast() }
        return text + "\n"
    }
}
