import Delivery
import HTTPClient

extension HTTPError {
    /// What a missing answer means for a delivery.
    var kind: Failure.Kind {
        switch self {
        case .cancelled, .closed: .cancelled
        case .unsupportedURL, .invalidHeader: .configuration
        case .tooManyRequests, .couldNotResolve, .connectionRefused, .connectionFailed, .proxyFailed, .tls, .timedOut,
            .connectionReset, .headersTooLarge, .bodyTooLarge, .malformedResponse, .other:
            .transient
        }
    }

    /// Whether the host itself could not be reached, so that nothing at all was sent.
    var isHostUnreachable: Bool {
        switch self {
        case .couldNotResolve, .connectionRefused, .connectionFailed, .tls, .timedOut, .connectionReset, .other:
            !mayHaveBeenSent
        case .unsupportedURL, .invalidHeader, .tooManyRequests, .proxyFailed, .headersTooLarge, .bodyTooLarge,
            .malformedResponse, .cancelled, .closed:
            false
        }
    }

    /// Our word for it, where a delivery's reason is a code.
    var reason: String {
        switch self {
        case .unsupportedURL: "UNSUPPORTED_URL"
        case .invalidHeader: "INVALID_HEADER"
        case .tooManyRequests: "TOO_MANY_REQUESTS"
        case .couldNotResolve: "HOST_NOT_FOUND"
        case .connectionRefused: "CONNECTION_REFUSED"
        case .connectionFailed: "CONNECTION_FAILED"
        case .proxyFailed: "PROXY_FAILED"
        case .tls(.untrustedCertificate, _, _): "TLS_UNTRUSTED_CERTIFICATE"
        case .tls(.hostname, _, _): "TLS_WRONG_HOST"
        case .tls(.expired, _, _): "TLS_EXPIRED_CERTIFICATE"
        case .tls(.handshake, _, _): "TLS_HANDSHAKE_FAILED"
        case .tls(.authorityFile, _, _): "TLS_AUTHORITY_FILE"
        case .timedOut(.connect, _): "CONNECT_TIMEOUT"
        case .timedOut(.response, _): "RESPONSE_TIMEOUT"
        case .connectionReset: "CONNECTION_RESET"
        case .headersTooLarge, .bodyTooLarge: "ANSWER_TOO_LARGE"
        case .malformedResponse: "MALFORMED_ANSWER"
        case .cancelled, .closed: "CANCELLED"
        case .other: "TRANSPORT_ERROR"
        }
    }

    /// What happened and, where an administrator can do something about it, what.
    var message: String {
        switch self {
        case .couldNotResolve, .connectionRefused:
            "\(description): check authentication.url and that this machine may reach it"
        case .tls:
            "\(description): check authentication.url and that no proxy takes the place of Salesforce"
        default: description
        }
    }
}
