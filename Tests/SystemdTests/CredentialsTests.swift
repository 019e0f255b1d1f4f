import Glibc
import Systemd
import Testing

@Suite struct CredentialsTests {
    @Test func credentialIsReadExactly() throws {
        let directory = try TemporaryDirectory()
        let bytes = [0, 10, 255] + [UInt8](repeating: 1, count: 10_000)
        try directory.write(bytes, to: "journal.kek")
        try #expect(Credentials(directory: directory.path).read("journal.kek") == bytes)
        try #expect(Credentials(directory: directory.path).read("journal.kek", bytesMax: bytes.count) == bytes)
    }

    @Test func oversizedCredentialIsRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write([1, 2, 3], to: "key")
        #expect(throws: SystemdError.credentialTooLarge(name: "key", limit: 2)) {
            try Credentials(directory: directory.path).read("key", bytesMax: 2)
        }
    }

    @Test func absentCredentialIsMissing() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: SystemdError.credentialMissing(name: "key")) {
            try Credentials(directory: directory.path).read("key")
        }
    }

    @Test(arguments: ["", ".", "..", "../shadow", "a/b", "/etc/passwd", ".hidden", "a\u{0}"])
    func nameThatLeavesTheDirectoryIsRefused(name: String) {
        #expect(throws: SystemdError.invalidCredentialName(name)) {
            try Credentials(directory: "/etc").read(name)
        }
    }

    @Test func directoryComesFromTheEnvironment() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("CREDENTIALS_DIRECTORY")
            #expect(Credentials.passed() == nil)
            unsafe setenv("CREDENTIALS_DIRECTORY", "/run/credentials/consentd.service", 1)
            #expect(Credentials.passed()?.directory == "/run/credentials/consentd.service")
        }
    }
}

/// A directory that goes away with its owner.
private struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/consent-credentials-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["journal.kek", "key"] {
            unsafe unlink(path + "/" + name)
        }
        unsafe rmdir(path)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = unsafe open(path + "/" + name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        try #require(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }
}
