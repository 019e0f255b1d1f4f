import CSpawn
import Glibc

/// A certificate authority of the tests' own, and certificates it signed, in a temporary directory.
final class TestAuthority: Sendable {
    let directory: String

    /// What the server shows.
    enum Certificate: String, CaseIterable, Sendable {
        case valid
        case expired
        case notYetValid
        case otherHost
        case selfSigned
    }

    init() throws {
        var template = Array("/tmp/consent-tls-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemFailure(call: "mkdtemp", errno: errno) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try write("[v3_ca]\nbasicConstraints=critical,CA:TRUE\n[req]\ndistinguished_name=dn\n[dn]\n", to: "ca.cnf")
        try openssl(
            ["req", "-x509", "-config", "ca.cnf", "-extensions", "v3_ca", "-subj", "/CN=Test authority"]
                + ["-days", "30"] + newKey("ca") + ["-out", "ca.pem"]
        )
        try write("", to: "index.txt")
        try write("unique_subject=no\n", to: "index.txt.attr")
        try write(Self.authoritySettings, to: "sign.cnf")
        try sign(.valid, host: "127.0.0.1", from: "20200101000000Z", to: "20491231000000Z")
        try sign(.expired, host: "127.0.0.1", from: "20200101000000Z", to: "20200201000000Z")
        try sign(.notYetValid, host: "127.0.0.1", from: "20480101000000Z", to: "20491231000000Z")
        try sign(.otherHost, host: "127.0.0.2", from: "20200101000000Z", to: "20491231000000Z")
        try openssl(
            ["req", "-x509", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30"]
                + newKey("selfSigned") + ["-out", "selfSigned.pem"]
        )
    }

    deinit {
        _ = try? Child.run("rm", ["-rf", directory], in: "/")
    }

    var authorityFile: String { directory + "/ca.pem" }

    private func sign(_ certificate: Certificate, host: String, from start: String, to end: String) throws {
        let name = certificate.rawValue
        try write("subjectAltName=IP:\(host)\n", to: "\(name).ext")
        try openssl(["req", "-new", "-subj", "/CN=\(host)"] + newKey(name) + ["-out", "\(name).csr"])
        try openssl(
            ["ca", "-batch", "-config", "sign.cnf", "-notext", "-in", "\(name).csr", "-out", "\(name).pem"]
                + ["-extfile", "\(name).ext", "-startdate", start, "-enddate", end]
        )
    }

    private func newKey(_ name: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "\(name).key"]
    }

    private func openssl(_ arguments: [String]) throws {
        let status = try Child.run("openssl", arguments, in: directory)
        guard status == 0 else { throw SystemFailure(call: "openssl \(arguments)", errno: status) }
    }

    private func write(_ text: String, to name: String) throws {
        guard let file = unsafe fopen(directory + "/" + name, "w") else {
            throw SystemFailure(call: "fopen", errno: errno)
        }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }

    private static let authoritySettings = """
        [ca]
        default_ca = authority
        [authority]
        database = index.txt
        new_certs_dir = .
        certificate = ca.pem
        private_key = ca.key
        rand_serial = yes
        default_md = sha256
        policy = anything
        [anything]
        commonName = supplied

        """
}

/// A real TLS server, `openssl s_server`, that shows one certificate and answers any request with a page.
final class TLSServer {
    let port: UInt16
    private let child: Child

    init(_ authority: TestAuthority, certificate: TestAuthority.Certificate, options: [String] = []) throws {
        let name = certificate.rawValue
        child = try Child(
            "openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-cert", "\(name).pem", "-key", "\(name).key", "-www"] + options,
            in: authority.directory
        )
        // It prints "ACCEPT 127.0.0.1:43211" once it listens.
        while let line = child.readLine() {
            if line.hasPrefix("ACCEPT"), let number = line.split(separator: ":").last, let port = UInt16(number) {
                self.port = port
                return
            }
        }
        throw SystemFailure(call: "openssl s_server", errno: 0)
    }

    var url: String { "https://127.0.0.1:\(port)/" }

    func stop() {
        child.kill()
    }
}

/// A child process with its output in a pipe; killed when let go.
final class Child {
    private let process: pid_t
    private let output: Int32
    private var isReaped = false

    init(_ program: String, _ arguments: [String], in directory: String) throws {
        let ends = try streamPair()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends.writing, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        var words = unsafe (["env", "-C", directory, program] + arguments).map { unsafe strdup($0) } + [nil]
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            for index in unsafe words.indices {
                unsafe free(words[index])
            }
            close(ends.writing)
        }
        var child: pid_t = 0
        let code = unsafe posix_spawnp(&child, "env", &actions, nil, &words, environ)
        guard code == 0 else {
            close(ends.reading)
            throw SystemFailure(call: "posix_spawnp", errno: code)
        }
        process = child
        output = ends.reading
    }

    deinit {
        kill()
        close(output)
    }

    func kill() {
        guard !isReaped else { return }
        _ = Glibc.kill(process, SIGKILL)
        _ = wait()
    }

    /// Runs a program to its end and returns its exit status.
    static func run(_ program: String, _ arguments: [String], in directory: String) throws -> Int32 {
        let child = try Child(program, arguments, in: directory)
        defer { child.kill() }
        while child.readLine() != nil {}
        return child.wait()
    }

    func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") {
                return String(decoding: line, as: UTF8.self)
            }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        isReaped = true
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
