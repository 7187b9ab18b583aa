import Configuration
import Glibc

/// The words of the command line as the kernel shows them.
public enum ProcessArguments {
    /// Overwrites secrets, so that `ps` does not show them. The words that the program reads were copied before.
    public static func hideSecrets() {
        let words = CommandLine.arguments
        let masked = SecretArguments.masked(Array(words.dropFirst()))
        for (index, replacement) in masked.enumerated() {
            guard let replacement, let word = CommandLine.unsafeArgv[index + 1] else { continue }
            let bytes = Array(replacement.utf8)
            guard bytes.count == strlen(word) else { continue }
            for (offset, byte) in bytes.enumerated() { word[offset] = CChar(bitPattern: byte) }
        }
    }
}
