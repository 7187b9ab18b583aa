import ByteCoding
import OutboxModel
import PgOutput

/// One row by column role, its values laid out in bytes of its own.
struct TestRow {
    var values: [ColumnRole: [UInt8]] = [:]
    var payloadType: UInt32 = 3802
    /// The row's columns and their order.
    var roles: [ColumnRole] = ColumnRole.allCases

    static let order = TestRow([
        .id: "7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11", .sequence: "12", .aggregateType: "ORDER", .aggregateID: "42",
        .eventType: "ORDER_PAID", .topic: "order.events", .payload: #"{"order_id": 42, "total": 1.50}"#,
        .status: "PENDING", .retryCount: "0", .createdAt: "2026-01-02 03:04:05.123456+00", .version: "1",
    ])

    init(_ values: [ColumnRole: String]) {
        self.values = values.mapValues { Array($0.utf8) }
    }

    /// The same row with other values; `nil` makes one NULL.
    func with(_ changes: [ColumnRole: String?]) -> TestRow {
        var copy = self
        for (role, value) in changes { copy.values[role] = value.map { Array($0.utf8) } }
        return copy
    }

    func with(_ role: ColumnRole, bytes: [UInt8]) -> TestRow {
        var copy = self
        copy.values[role] = bytes
        return copy
    }

    func without(_ role: ColumnRole) -> TestRow {
        var copy = self
        copy.roles.removeAll { $0 == role }
        return copy
    }

    func with(payloadType: UInt32) -> TestRow {
        var copy = self
        copy.payloadType = payloadType
        return copy
    }

    var bytes: [UInt8] {
        roles.flatMap { values[$0] ?? [] }
    }

    var tuple: TupleData {
        var offset = 0
        return TupleData(
            fields: roles.map { role in
                guard let value = values[role] else { return .null }
                offset += value.count
                return .text(offset - value.count..<offset)
            })
    }

    func map() throws -> ColumnMap {
        try ColumnMap(
            columns: roles.map(\.rawValue), typeOIDs: roles.map { $0 == .payload ? payloadType : 25 }, names: .standard)
    }
}
