import Glibc
public import ServiceRuntime

/// Why a server could not be set up.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address could not be taken: in use, not of this machine, a port below 1024 without the right.
    case cannotListen(address: String, SystemError)
    /// A resource of the process ran out: descriptors, threads.
    case system(SystemError)
    /// A call of libevent failed, which it does when memory runs out.
    case library(call: String)
    /// The certificate or its key cannot be used.
    case tls(TLSError)
    /// `start` was called on a server that was stopped.
    case alreadyStopped

    public var description: String {
        switch self {
        case .cannotListen(let address, let error) where error.code == EADDRINUSE:
            "cannot listen on \(address): \(error); another process listens there: choose another port or end that process"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .system(let error): "cannot run the HTTP server: \(error)"
        case .library(let call): "cannot run the HTTP server: \(call) of libevent failed"
        case .tls(let error): error.description
        case .alreadyStopped: "cannot start an HTTP server again that was stopped"
        }
    }
}
