import CCurl
import Glibc

extension HTTPError {
    /// A failure to set something up, before anything could be sent.
    init(setup code: CURLcode) {
        self = .other(code: Int(code.rawValue), message: Self.text(of: code), sent: false)
    }

    /// What a finished transfer's code means.
    init(_ code: CURLcode, easy: borrowing EasyHandle, host: String, sent: Bool) {
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL where sent:
            // An answer without a status line.
            self = .malformedResponse(host: host)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
            self = .unsupportedURL
        case CURLE_COULDNT_RESOLVE_HOST:
            self = .couldNotResolve(host: host)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            self = .proxyFailed
        case CURLE_COULDNT_CONNECT:
            let errno = Int32(truncatingIfNeeded: easy.number(CURLINFO_OS_ERRNO))
            self = errno == ECONNREFUSED ? .connectionRefused(host: host) : .connectionFailed(host: host, errno: errno)
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut(sent ? .response : .connect, host: host)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
            self = .tls(Self.tlsFailure(code, easy: easy), host: host, message: Self.message(of: code, easy: easy))
        case CURLE_RECV_ERROR where Self.proxyRefused(easy):
            self = .proxyFailed
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND,
            CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = .connectionReset(host: host, sent: sent)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP_RETURNED_ERROR:
            self = .malformedResponse(host: host)
        default:
            self = .other(code: Int(code.rawValue), message: Self.text(of: code), sent: sent)
        }
    }

    private static func proxyRefused(_ easy: borrowing EasyHandle) -> Bool {
        let status = easy.number(CURLINFO_HTTP_CONNECTCODE)
        return status != 0 && !(200..<300).contains(status)
    }

    private static func tlsFailure(_ code: CURLcode, easy: borrowing EasyHandle) -> TLSFailure {
        switch code {
        case CURLE_SSL_CACERT_BADFILE:
            return .authorityFile
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            // OpenSSL's X509_V_ERR values, which are part of its stable interface. libcurl compares the host name itself,
            // after OpenSSL has accepted the chain, and leaves 0 or 1 (unspecified) here.
            switch easy.number(CURLINFO_SSL_VERIFYRESULT) {
            case 0, 1, 62, 64: return .hostname
            case 9, 10: return .expired
            default: return .untrustedCertificate
            }
        default:
            return .handshake
        }
    }

    private static func message(of code: CURLcode, easy: borrowing EasyHandle) -> String {
        let specific = easy.errorMessage
        return specific.isEmpty ? text(of: code) : specific
    }

    private static func text(of code: CURLcode) -> String {
        unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "unknown error"
    }
}
