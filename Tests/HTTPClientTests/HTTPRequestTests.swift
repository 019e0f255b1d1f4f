import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPRequestTests {
    @Test(arguments: [
        "", "127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "https:/127.0.0.1", "https://", "http:///path",
        "https://127.0.0.1/a b", "https://127.0.0.1/\r\nX: y", "https://127.0.0.1/\u{e9}",
        "http://user:pass@127.0.0.1/",
        "telnet://127.0.0.1:80", "http://127.0.0.1:99999/",
    ])
    func urlOutsideTheRulesIsRefused(url: String) async throws {
        let client = try HTTPClient(options: .forTests)
        #expect(await failure(of: HTTPRequest(method: .get, url: url), with: client) == .unsupportedURL)
    }

    @Test(arguments: [("X", "a\r\nY: b", "X"), ("X", "a\u{0}", "X"), ("X Y", "a", ""), ("", "a", ""), ("X:Y", "a", "")])
    func headerThatWouldSplitIsRefused(name: String, value: String, reported: String) async throws {
        let client = try HTTPClient(options: .forTests)
        let request = HTTPRequest(method: .get, url: "http://127.0.0.1/", headers: [(name, value)])
        #expect(await failure(of: request, with: client) == .invalidHeader(name: reported))
    }

    /// The versions of Debian 12, Ubuntu 24.04 and Debian 13, and those that were seen to work.
    @Test(arguments: [
        (UInt32(0x07_58_01), false), (0x08_05_00, false), (0x08_0B_01, true), (0x08_0C_01, true), (0x08_0E_01, true),
        (0x08_17_00, true),
    ])
    func http2IsOfferedWhereUploadsDoNotBreakOff(version: UInt32, isSound: Bool) {
        #expect(HTTPClientOptions.isHTTP2Sound(version) == isSound)
    }

    @Test(arguments: [
        ("https://example.my.salesforce.com/services?x=@", "example.my.salesforce.com"),
        ("http://127.0.0.1:8080", "127.0.0.1"), ("http://[::1]:80/", "::1"), ("https://user@host/", "host"),
    ])
    func hostIsTakenFromTheURL(url: String, host: String) {
        #expect(HTTPRequest(method: .get, url: url).host == host)
    }

    @Test func headerNamesCompareWithoutCaseButNothingElse() {
        let response = HTTPResponse(status: 200, headers: [("Retry-After", "3"), ("retry-after", "4"), ("A[", "5")])
        #expect(response.header("RETRY-AFTER") == "3")
        #expect(response.header("a{") == nil)
    }
}
