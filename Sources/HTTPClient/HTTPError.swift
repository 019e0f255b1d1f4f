/// Why a request brought no answer.
///
/// Messages name the host at most, never a path, a header or a body.
package enum HTTPError: Error, Equatable {
    /// The URL is not an absolute `http` or `https` URL, or carries user information or characters that must be encoded.
    case unsupportedURL
    /// A header has a character that would end or split it; `name` is empty when the name itself is at fault.
    case invalidHeader(name: String)
    /// The client already has as many requests waiting as it may.
    case tooManyRequests(limit: Int)
    case couldNotResolve(host: String)
    case connectionRefused(host: String)
    /// No connection for a reason other than a refusal: no route, network down.
    case connectionFailed(host: String, errno: Int32)
    /// The proxy named by the environment cannot be found or does not open the way.
    case proxyFailed
    case tls(TLSFailure, host: String, message: String)
    case timedOut(TimeoutPhase, host: String)
    /// The connection ended before the answer was complete.
    case connectionReset(host: String, sent: Bool)
    case headersTooLarge(limit: Int)
    case bodyTooLarge(limit: Int)
    /// What came back is not HTTP, or its compression is broken.
    case malformedResponse(host: String)
    /// The calling task was cancelled.
    case cancelled(sent: Bool)
    /// The client was shut down, before or during the request.
    case closed(sent: Bool)
    /// Any other libcurl code, with libcurl's constant text for it.
    case other(code: Int, message: String, sent: Bool)

    /// Whether the server may have acted on the request.
    ///
    /// False only when it surely never left this machine; a write that failed with true has an unknown outcome.
    package var mayHaveBeenSent: Bool {
        switch self {
        case .unsupportedURL, .invalidHeader, .tooManyRequests, .couldNotResolve, .connectionRefused,
            .connectionFailed, .proxyFailed, .tls:
            false
        case .timedOut(let phase, _):
            phase == .response
        case .headersTooLarge, .bodyTooLarge, .malformedResponse:
            true
        case .connectionReset(_, let sent), .cancelled(let sent), .closed(let sent), .other(_, _, let sent):
            sent
        }
    }

    /// What is wrong with the other side's TLS.
    package enum TLSFailure: Sendable, Equatable {
        /// Not signed by an authority this machine trusts, self-signed included.
        case untrustedCertificate
        /// The certificate is for another host name.
        case hostname
        /// Expired, or not valid yet.
        case expired
        /// Refused or broken off before certificates were judged: version, cipher, not TLS at all.
        case handshake
        /// The configured file of extra authorities cannot be read.
        case authorityFile
    }

    /// How far a request had come when its time ran out.
    package enum TimeoutPhase: Sendable, Equatable {
        /// Looking up the name, connecting or in the TLS handshake: nothing of the request was sent.
        case connect
        /// Sending or waiting for the answer.
        case response
    }
}

extension HTTPError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unsupportedURL: "not an absolute http or https URL without user information"
        case .invalidHeader(let name): "header \(name) holds a character it must not"
        case .tooManyRequests(let limit): "\(limit) HTTP requests are already waiting"
        case .couldNotResolve(let host): "no address found for \(host)"
        case .connectionRefused(let host): "connection refused by \(host)"
        case .connectionFailed(let host, let errno): "cannot connect to \(host): errno \(errno)"
        case .proxyFailed: "the proxy named by the environment cannot be used"
        case .tls(_, let host, let message): "TLS to \(host) failed: \(message)"
        case .timedOut(.connect, let host): "timed out connecting to \(host)"
        case .timedOut(.response, let host): "timed out waiting for the answer of \(host)"
        case .connectionReset(let host, _): "connection to \(host) ended before the answer was complete"
        case .headersTooLarge(let limit): "answer has more than \(limit) bytes of headers"
        case .bodyTooLarge(let limit): "answer has a body of more than \(limit) bytes"
        case .malformedResponse(let host): "answer of \(host) is not well-formed HTTP"
        case .cancelled: "request was cancelled"
        case .closed: "HTTP client is shut down"
        case .other(let code, let message, _): "\(message) (libcurl code \(code))"
        }
    }
}
