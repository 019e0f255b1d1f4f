import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPOverTLSTests {
    private static let authority = Result { try TestAuthority() }
    private let authority: TestAuthority
    private let trusting: HTTPClient

    init() throws {
        authority = try Self.authority.get()
        var options = HTTPClientOptions.forTests
        options.extraAuthoritiesFile = authority.authorityFile
        trusting = try HTTPClient(options: options)
    }

    @Test func certificateOfAnExtraAuthorityIsAccepted() async throws {
        let server = try TLSServer(authority, certificate: .valid)
        defer { server.stop() }
        let response = try await trusting.send(HTTPRequest(method: .get, url: server.url))
        #expect(response.status == 200)
        #expect(response.timing.tlsHandshake > .zero)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let certificate: TestAuthority.Certificate
        let failure: HTTPError.TLSFailure

        var testDescription: String { certificate.rawValue }
    }

    @Test(arguments: [
        Refusal(certificate: .expired, failure: .expired),
        Refusal(certificate: .notYetValid, failure: .expired),
        Refusal(certificate: .otherHost, failure: .hostname),
        Refusal(certificate: .selfSigned, failure: .untrustedCertificate),
    ])
    func badCertificateIsRefusedForItsOwnReason(refusal: Refusal) async throws {
        let server = try TLSServer(authority, certificate: refusal.certificate)
        defer { server.stop() }
        let error = await failure(of: HTTPRequest(method: .post, url: server.url, body: [1]), with: trusting)
        #expect(error?.tlsFailure == refusal.failure)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func unknownAuthorityIsRefused() async throws {
        let server = try TLSServer(authority, certificate: .valid)
        defer { server.stop() }
        let client = try HTTPClient(options: .forTests)
        let error = await failure(of: HTTPRequest(method: .get, url: server.url), with: client)
        #expect(error?.tlsFailure == .untrustedCertificate)
    }

    @Test func oldProtocolVersionIsRefused() async throws {
        let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
        let server = try TLSServer(authority, certificate: .valid, options: old)
        defer { server.stop() }
        let error = await failure(of: HTTPRequest(method: .get, url: server.url), with: trusting)
        #expect(error?.tlsFailure == .handshake)
    }

    @Test(arguments: [true, false])
    func http2IsOfferedInTheHandshakeOrNotAtAll(isOffered: Bool) async throws {
        // It speaks nothing else, and refuses whoever does not offer that; then it answers as nobody does over HTTP/2.
        let server = try TLSServer(authority, certificate: .valid, options: ["-alpn", "h2"])
        defer { server.stop() }
        var options = HTTPClientOptions.forTests
        options.extraAuthoritiesFile = authority.authorityFile
        options.offersHTTP2 = isOffered
        let limit = isOffered ? Duration.seconds(3) : .seconds(120)
        let request = HTTPRequest(method: .get, url: server.url, totalTimeout: limit)
        let error = try #require(await failure(of: request, with: try HTTPClient(options: options)))
        #expect((error.tlsFailure == .handshake) == !isOffered, "\(error)")
    }

    @Test func unreadableAuthorityFileIsNamedAsSuch() async throws {
        let server = try TLSServer(authority, certificate: .valid)
        defer { server.stop() }
        var options = HTTPClientOptions.forTests
        options.extraAuthoritiesFile = authority.directory + "/absent.pem"
        let client = try HTTPClient(options: options)
        let error = await failure(of: HTTPRequest(method: .get, url: server.url), with: client)
        #expect(error?.tlsFailure == .authorityFile)
    }
}

extension HTTPError {
    fileprivate var tlsFailure: TLSFailure? {
        guard case .tls(let failure, _, _) = self else { return nil }
        return failure
    }
}
