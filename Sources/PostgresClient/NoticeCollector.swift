import CLibPQ

/// Keeps the server's notices of one connection; libpq's default prints them to standard error.
///
/// Unsynchronised: libpq calls the receiver on the thread that uses the connection.
final class NoticeCollector {
    private var notices: [PostgresNotice] = []
    private static let limit = 100

    var isEmpty: Bool { notices.isEmpty }

    func take() -> [PostgresNotice] {
        defer { notices = [] }
        return notices
    }

    /// `argument` is an unretained collector: the connection owns both and ends libpq's side first.
    static let receive: PQnoticeReceiver = { argument, result in
        guard let argument, let result else { return }
        let collector = Unmanaged<NoticeCollector>.fromOpaque(argument).takeUnretainedValue()
        guard collector.notices.count < NoticeCollector.limit else { return }
        func field(_ code: Character) -> String? {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return nil }
            return String(cString: text)
        }
        collector.notices.append(
            PostgresNotice(
                severity: field("V") ?? "", sqlState: field("C").map(SQLState.init(rawValue:)), message: field("M") ?? "",
                detail: field("D")))
    }
}
