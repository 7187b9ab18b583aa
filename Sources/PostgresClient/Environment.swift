import Glibc

/// A variable of the process's environment; nil when unset or empty, which libpq treats alike.
func environmentValue(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
