/// What all requests of one client have in common.
package struct HTTPClientOptions: Sendable {
    /// Sent as `User-Agent`; the program's name and version.
    package var userAgent = "consentd"
    /// A PEM file of authorities trusted besides those of the system.
    package var extraAuthoritiesFile: String?
    /// Whether `https_proxy`, `http_proxy` and `no_proxy` are honoured.
    package var usesEnvironmentProxy = true
    /// Whether HTTP/2 is offered in the TLS handshake.
    ///
    /// Where this says nothing, from libcurl 8.11 on: 7.88.1 breaks off up to one in a hundred parallel uploads over HTTP/2, and each of
    /// those is a write with an unknown outcome; 8.11.1, 8.12.1 and 8.23 broke off none of thousands.
    package var offersHTTP2: Bool?
    package var connectionsPerHostMax = 8
    package var connectionsMax = 32
    /// Most requests submitted and not yet answered; one more fails with `tooManyRequests`.
    package var requestsMax = 1_024
    /// Most bytes of headers in one answer.
    package var responseHeaderBytesMax = 256 << 10
    /// How old a connection may grow, so that a moved name is noticed.
    package var connectionLifetimeMax: Duration = .seconds(600)

    /// Creates the options used for calls to an org.
    package init() {}

    /// Whether a libcurl of this version (major, minor and patch, a byte each) uploads over HTTP/2 without breaking off.
    package static func isHTTP2Sound(_ version: UInt32) -> Bool { version >= 0x08_0B_00 }
}
