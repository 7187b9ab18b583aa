internal import ByteCoding

/// Reads one message's fields in order and turns a failed read into an error that names the message.
///
/// The bytes are passed to each call, as to `ByteCursor`.
struct MessageReader {
    let messageType: UInt8
    var cursor: ByteCursor

    /// Begins behind the type byte.
    init(messageType: UInt8) {
        self.messageType = messageType
        cursor = ByteCursor(at: 1)
    }

    func error(_ reason: PgOutputError.Reason, at offset: Int) -> PgOutputError {
        PgOutputError(messageType: messageType, offset: offset, reason: reason)
    }

    @inline(never)
    func error(_ error: ByteError) -> PgOutputError {
        self.error(.truncated(needed: error.needed, available: error.available), at: error.offset)
    }

    mutating func uint8(in bytes: RawSpan) throws(PgOutputError) -> UInt8 {
        do { return try cursor.readUInt8(in: bytes) } catch { throw self.error(error) }
    }

    mutating func int16(in bytes: RawSpan) throws(PgOutputError) -> Int16 {
        do { return try cursor.readInt16(in: bytes) } catch { throw self.error(error) }
    }

    mutating func int32(in bytes: RawSpan) throws(PgOutputError) -> Int32 {
        do { return try cursor.readInt32(in: bytes) } catch { throw self.error(error) }
    }

    mutating func uint32(in bytes: RawSpan) throws(PgOutputError) -> UInt32 {
        do { return try cursor.readUInt32(in: bytes) } catch { throw self.error(error) }
    }

    mutating func int64(in bytes: RawSpan) throws(PgOutputError) -> Int64 {
        do { return try cursor.readInt64(in: bytes) } catch { throw self.error(error) }
    }

    mutating func lsn(in bytes: RawSpan) throws(PgOutputError) -> LSN {
        do { return try cursor.readLSN(in: bytes) } catch { throw self.error(error) }
    }

    /// A position that Postgres always sets.
    mutating func setLSN(in bytes: RawSpan) throws(PgOutputError) -> LSN {
        let offset = cursor.offset
        let position = try lsn(in: bytes)
        guard position != .zero else { throw error(.zeroPosition, at: offset) }
        return position
    }

    mutating func range(_ count: Int, in bytes: RawSpan) throws(PgOutputError) -> Range<Int> {
        do { return try cursor.readRange(count, in: bytes) } catch { throw self.error(error) }
    }

    /// A name up to its NUL terminator.
    mutating func text(in bytes: RawSpan) throws(PgOutputError) -> String {
        let offset = cursor.offset
        let range: Range<Int>
        do { range = try cursor.readTerminatedRange(in: bytes) } catch { throw self.error(error) }
        guard let text = bytes.text(in: range) else { throw error(.invalidText, at: offset) }
        return text
    }

    /// A byte of flags of which none is defined.
    mutating func noFlags(in bytes: RawSpan) throws(PgOutputError) {
        let offset = cursor.offset
        let flags = try uint8(in: bytes)
        guard flags == 0 else { throw error(.unexpectedByte(flags, expected: .noFlags), at: offset) }
    }

    /// A byte that is 0 or 1.
    mutating func flag(in bytes: RawSpan) throws(PgOutputError) -> Bool {
        let offset = cursor.offset
        let flag = try uint8(in: bytes)
        guard flag <= 1 else { throw error(.unexpectedByte(flag, expected: .flag), at: offset) }
        return flag == 1
    }

    /// Nothing may follow the last field.
    func finish(in bytes: RawSpan) throws(PgOutputError) {
        let rest = cursor.remaining(in: bytes)
        guard rest == 0 else { throw error(.trailingBytes(rest), at: cursor.offset) }
    }
}
