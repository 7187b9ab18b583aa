import CJose
import Foundation

/// Tokens whose every part is the test's own choice, signed by HMAC over exactly these texts.
enum RawToken {
    static func encode(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    static func encode(_ text: String) -> String { encode(Data(text.utf8)) }

    static func hmac(_ text: String, secret: [UInt8], sha: OpaquePointer? = EVP_sha256()) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        let bytes = Array(text.utf8)
        HMAC(sha, secret, Int32(secret.count), bytes, bytes.count, &digest, &count)
        return Array(digest.prefix(Int(count)))
    }

    static func hs256(header: String = #"{"alg":"HS256"}"#, payload: String, secret: [UInt8]) -> String {
        let input = encode(header) + "." + encode(payload)
        return input + "." + encode(hmac(input, secret: secret))
    }
}
