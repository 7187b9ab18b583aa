import CommandLineKit

/// One number that `fanout` measured.
struct FanoutFigure {
    enum Aim {
        case below(Double)
        case atLeast(Double)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .below(let limit): value < limit
            case .atLeast(let limit): value >= limit
            }
        }
    }

    let key: String
    let name: String
    let value: Double
    /// Digits after the point.
    var digits = 0
    var unit = ""
    var note = ""
    var aim: Aim?

    private func text(_ number: Double) -> String {
        let figure = digits == 0 ? Figures.rate(number) : Figures.decimal(number, digits)
        return unit.isEmpty ? figure : "\(figure) \(unit)"
    }

    var cells: [String] {
        let wish =
            switch aim {
            case .below(let limit): "below \(text(limit))"
            case .atLeast(let limit): "at least \(text(limit))"
            case nil: ""
            }
        let verdict = aim.map { $0.isMet(by: value) ? "met" : "MISSED" } ?? ""
        return [name, text(value) + (note.isEmpty ? "" : " (\(note))"), wish, verdict]
    }

    static let headings: [(String, Table.Alignment)] = [
        ("measured", .left), ("result", .right), ("aim", .right), ("", .left),
    ]
}

/// What one part of `fanout` measured.
struct FanoutPartReport {
    let part: FanoutPart
    let title: String
    let figures: [FanoutFigure]

    var json: JSONValue {
        let values = figures.map { JSONValue.Member($0.key, .double($0.value)) }
        let missed = figures.filter { figure in figure.aim.map { !$0.isMet(by: figure.value) } ?? false }
        return [
            "part": .string(part.rawValue), "what": .string(title), "figures": .object(values),
            "missed": .array(missed.map { .string($0.key) }),
        ]
    }
}

/// The result of `fanout`, for people and for programs.
struct FanoutReport: BenchReport {
    let facts: MachineFacts
    let parts: [FanoutPartReport]

    /// A delivery that is missing or wrong ends the measurement with an error.
    var isClean: Bool { true }

    var text: String {
        var text = facts.lines
        for part in parts {
            var table = Table(FanoutFigure.headings)
            for figure in part.figures { table.append(figure.cells) }
            text += "\n\(part.part.rawValue): \(part.title)\n\n\(table.render())"
        }
        return text
    }

    var json: JSONValue {
        ["benchmark": "fanout", "facts": facts.json, "parts": .array(parts.map(\.json)), "clean": .bool(isClean)]
    }
}
