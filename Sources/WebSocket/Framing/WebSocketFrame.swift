public import ByteCoding

/// Builds frames. A server sends them as they are; a client gives a masking key, another for each frame (section 5.3).
public enum WebSocketFrame {
    /// The longest payload of a control frame, and the longest reason of a close frame, in bytes.
    public static let mostControlBytes = 125
    public static let mostReasonBytes = 123

    /// Bytes of the header of a frame with this payload.
    public static func headerBytes(payloadBytes: Int, isMasked: Bool = false) -> Int {
        (payloadBytes < 126 ? 2 : payloadBytes < 65536 ? 4 : 10) + (isMasked ? 4 : 0)
    }

    /// A whole frame in one allocation, to be kept and shared.
    public static func bytes(
        _ opcode: WebSocketOpcode, _ payload: [UInt8] = [], isFinal: Bool = true, maskKey: UInt32? = nil
    ) -> [UInt8] {
        unsafe payload.withUnsafeBytes { unsafe bytes(opcode, copying: $0, isFinal: isFinal, maskKey: maskKey) }
    }

    /// A whole frame of what a buffer holds.
    public static func bytes(
        _ opcode: WebSocketOpcode, _ payload: borrowing ByteBuffer, isFinal: Bool = true, maskKey: UInt32? = nil
    ) -> [UInt8] {
        unsafe payload.withUnsafeBytes { unsafe bytes(opcode, copying: $0, isFinal: isFinal, maskKey: maskKey) }
    }

    /// A text message in one frame.
    public static func text(_ text: String, maskKey: UInt32? = nil) -> [UInt8] {
        var text = text
        return text.withUTF8 { unsafe bytes(.text, copying: UnsafeRawBufferPointer($0), maskKey: maskKey) }
    }

    /// A close frame; a reason that is too long is cut before the code point that does not fit.
    public static func close(_ code: WebSocketCloseCode, reason: String = "", maskKey: UInt32? = nil) -> [UInt8] {
        bytes(.close, closePayload(code, reason: reason), maskKey: maskKey)
    }

    /// A whole frame of bytes that lie anywhere.
    @unsafe
    public static func bytes(
        _ opcode: WebSocketOpcode, copying payload: UnsafeRawBufferPointer, isFinal: Bool = true, maskKey: UInt32? = nil
    ) -> [UInt8] {
        let header = headerBytes(payloadBytes: payload.count, isMasked: maskKey != nil)
        return unsafe [UInt8](unsafeUninitializedCapacity: header + payload.count) { target, count in
            let target = UnsafeMutableRawBufferPointer(target)
            let place = unsafe writeHeader(
                opcode, payloadBytes: payload.count, isFinal: isFinal, maskKey: maskKey, to: target)
            let body = unsafe UnsafeMutableRawBufferPointer(rebasing: target[place..<place + payload.count])
            unsafe body.copyMemory(from: payload)
            if let maskKey { unsafe PayloadMask(key: maskKey).apply(to: body) }
            count = place + payload.count
        }
    }

    static func closePayload(_ code: WebSocketCloseCode, reason: String) -> [UInt8] {
        var payload = [UInt8(truncatingIfNeeded: code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        payload.reserveCapacity(2 + min(reason.utf8.count, mostReasonBytes))
        for scalar in reason.unicodeScalars {
            let encoded = UTF8.encode(scalar)
            guard let encoded, payload.count - 2 + encoded.count <= mostReasonBytes else { break }
            payload += encoded
        }
        return payload
    }

    /// `target` has room. Returns the header's length.
    private static func writeHeader(
        _ opcode: WebSocketOpcode, payloadBytes: Int, isFinal: Bool, maskKey: UInt32?, to target: UnsafeMutableRawBufferPointer
    ) -> Int {
        let maskBit: UInt8 = maskKey == nil ? 0 : 0x80
        unsafe target[0] = opcode.rawValue | (isFinal ? 0x80 : 0)
        var place = 2
        if payloadBytes < 126 {
            unsafe target[1] = maskBit | UInt8(payloadBytes)
        } else if payloadBytes < 65536 {
            unsafe target[1] = maskBit | 126
            unsafe target.storeBytes(of: UInt16(payloadBytes).bigEndian, toByteOffset: place, as: UInt16.self)
            place += 2
        } else {
            unsafe target[1] = maskBit | 127
            unsafe target.storeBytes(of: UInt64(payloadBytes).bigEndian, toByteOffset: place, as: UInt64.self)
            place += 8
        }
        if let maskKey {
            unsafe target.storeBytes(of: maskKey.bigEndian, toByteOffset: place, as: UInt32.self)
            place += 4
        }
        return place
    }
}
