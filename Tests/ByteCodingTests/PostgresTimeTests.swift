import ByteCoding
import Testing

struct PostgresTimeTests {
    @Test(arguments: [(0, 946_684_800_000_000), (-946_684_800_000_000, 0), (1, 946_684_800_000_001)])
    func `Postgres counts from 2000, Unix from 1970`(postgres: Int64, unix: Int64) {
        #expect(PostgresTime.unixMicroseconds(fromPostgres: postgres) == unix)
        #expect(PostgresTime.postgres(fromUnixMicroseconds: unix) == postgres)
    }

    @Test func `the limits saturate`() {
        #expect(PostgresTime.unixMicroseconds(fromPostgres: .max) == .max)
        #expect(PostgresTime.postgres(fromUnixMicroseconds: .min) == .min)
    }
}
