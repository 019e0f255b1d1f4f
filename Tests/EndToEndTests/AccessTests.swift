import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// Who may call what, tried by processes of other users and groups.
@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: Prerequisite.root && Prerequisite.command("setpriv"), "only root can become somebody else")
)
struct AccessTests {
    private static let publishGroup: UInt32 = 61_111
    private static let adminGroup: UInt32 = 61_222

    private static let publisher = Person(user: 54_321, group: 54_321, groups: [61_000, publishGroup])
    private static let admin = Person(user: 54_322, group: 54_322, groups: [adminGroup])
    private static let both = Person(user: 54_323, group: publishGroup, groups: [adminGroup])
    private static let nobody = Person(user: 65_534, group: 65_534)

    private static func whoami(_ answers: [JSONValue]?) -> JSONValue? { answers?.first?["result"] }

    @Test func groupsOpenTheirOwnSocketAndNothingElse() async throws {
        let sockets = try ActivatedSockets()
        let process = try sockets.activate()
        try await sockets.give(publish: Self.publishGroup, admin: Self.adminGroup)
        let publish = sockets.directory.file("0.sock")
        let admin = sockets.directory.file("1.sock")
        let question = RPCText.call(1, "rpc.whoami")

        let one = Self.whoami(try await Self.publisher.ask(question, at: publish))
        #expect(one?["uid"] == 54_321 && one?["gid"] == 54_321, "\(String(describing: one))")
        #expect(one?["groups"] == [61_000, 61_111] && one?["socket"] == "publish")
        #expect(one?["roles"] == ["publisher"])
        #expect(try await Self.publisher.ask(question, at: admin) == nil, "the kernel lets it not in")

        let other = Self.whoami(try await Self.admin.ask(question, at: admin))
        #expect(other?["uid"] == 54_322 && other?["groups"] == [61_222], "\(String(describing: other))")
        #expect(other?["roles"] == ["publisher", "admin"] && other?["socket"] == "admin")
        #expect(try await Self.admin.ask(question, at: publish) == nil)

        for path in [publish, admin] {
            let answer = Self.whoami(try await Self.both.ask(question, at: path))
            #expect(answer?["gid"] == 61_111, "its own group counts as much as the others")
            #expect(try await Self.nobody.ask(question, at: path) == nil)
        }
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func socketDecidesWhoeverCalls() async throws {
        let sockets = try ActivatedSockets()
        let process = try sockets.activate()
        try await sockets.give(publish: Self.publishGroup, admin: Self.adminGroup)
        let call = RPCText.call(1, "listConfigurations", ["no_such_member": 1])
        let root = Person(user: 0, group: 0)
        for person in [Self.publisher, Self.both, root] {
            let answer = try await person.ask(call, at: sockets.directory.file("0.sock"))?.first
            #expect(answer?.code == 7 && answer?.status == "PERMISSION_DENIED", "\(String(describing: answer))")
            let message = answer?.message ?? ""
            #expect(message.contains("admin.sock") && message.contains("consent-admin"), "\(message)")
        }
        let plain = RPCText.call(1, "listConfigurations")
        let allowed = try await Self.admin.ask(plain, at: sockets.directory.file("1.sock"))
        #expect(allowed?.first?["result"]?["configurations"] == [])
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    /// More than the daemon's first question to the kernel has room for.
    @Test func everySupplementaryGroupIsKnown() async throws {
        let sockets = try ActivatedSockets()
        let process = try sockets.activate()
        try await sockets.give(publish: Self.publishGroup, admin: Self.adminGroup)
        let groups = (0..<300).map { UInt32(70_000 + $0) } + [Self.publishGroup]
        let person = Person(user: 54_324, group: 54_324, groups: groups.sorted())
        let answers = try await person.ask(RPCText.call(1, "rpc.whoami"), at: sockets.directory.file("0.sock"))
        let known = Self.whoami(answers)?["groups"]?.arrayValue?.compactMap(\.intValue).sorted()
        #expect(known == groups.map { Int($0) }.sorted())
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func byHandOnlyTheOwnUserAndRootAreServed() async throws {
        let directory = try DaemonProcess.makeDirectory()
        try TestFile.give(directory.path, to: Self.publisher.user, group: Self.publisher.group, mode: 0o755)
        let program = directory.file("consentd")
        let copy = try ChildProcess(
            executable: "/bin/cp",
            arguments: [try Program.consentd.path, program],
            output: directory.file("log"),
            errors: directory.file("log")
        )
        #expect(try await Patience.value("the copy is made") { copy.poll() } == .exited(0))
        try TestFile.give(program, mode: 0o755)
        let daemon = try DaemonProcess.launch(
            in: directory,
            command: Self.publisher.command([
                program, "--socket-directory", directory.path, "--state-directory", directory.file("state"),
            ])
        )
        try await daemon.served()
        for path in [daemon.publishPath, daemon.adminPath] {
            #expect(try TestFile.mode(of: path) == 0o660)
            let own = Self.whoami(try await Self.publisher.ask(RPCText.call(1, "rpc.whoami"), at: path))
            #expect(own?["uid"] == 54_321, "\(String(describing: own))")
            let root = try await RawClient(path: path).result("rpc.whoami")
            #expect(root["uid"] == 0)

            #expect(try await Self.nobody.ask(RPCText.call(1, "health.check"), at: path) == nil)
            // Even where the file system lets somebody in, the daemon does not, and says who would be.
            try TestFile.give(path, mode: 0o666)
            let answers = try await Self.nobody.ask(RPCText.call(1, "health.check"), at: path)
            #expect(answers?.count == 1 && answers?.first?["id"]?.isNull == true, "\(String(describing: answers))")
            let refusal = try #require(answers?.first)
            #expect(refusal.code == 7 && refusal.reason == "FOREIGN_USER", "\(refusal)")
            let socket = path.hasSuffix("publish.sock") ? "publish" : "admin"
            let message = refusal.message ?? ""
            #expect(message.contains("/run/consentd/\(socket).sock") && message.contains("consent-\(socket)"))
        }
        let metrics = try await RawClient(path: daemon.adminPath).result("metrics.read")["text"]?.stringValue ?? ""
        #expect(metrics.contains("\nconsentd_connections_refused_total{reason=\"FOREIGN_USER\"} 2\n"), "\(metrics)")
        #expect(try await daemon.terminate() == .exited(0))
    }

    @Test func consentctlSaysWhichGroupIsMissing() async throws {
        let sockets = try ActivatedSockets()
        let process = try sockets.activate()
        try await sockets.give(publish: Self.publishGroup, admin: Self.adminGroup)
        let program = sockets.directory.file("consentctl")
        let copy = try ChildProcess(
            executable: "/bin/cp",
            arguments: [try Program.consentctl.path, program],
            output: sockets.directory.file("log"),
            errors: sockets.directory.file("log")
        )
        #expect(try await Patience.value("the copy is made") { copy.poll() } == .exited(0))
        try TestFile.give(program, mode: 0o755)
        for (link, target) in [("publish.sock", "0.sock"), ("admin.sock", "1.sock")] {
            try TestFile.link(sockets.directory.file(link), to: target)
        }
        let place = ["--socket-directory", sockets.directory.path]
        let (status, _, errors) = try await Self.nobody.run([program, "status"] + place)
        #expect(status == .exited(2) && errors.contains("consent-admin") && errors.contains("usermod"), "\(errors)")
        for person in [Self.publisher, Self.admin] {
            let health = try await person.run([program, "health"] + place)
            #expect(health.status == .exited(0), "the socket that is open to it is enough: \(health.errors)")
        }
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }
}
