import Drills
import TestSupport
import Testing

/// The crash drills: real servers and a real relay process under load, one drill after the other.
///
/// Nothing waits for a fixed time. Each drill prints one line of figures.
@Suite(.serialized, .enabled(if: TestServers.areAvailable, Comment(rawValue: TestServers.howToGetThem)))
struct CrashDrills {}
