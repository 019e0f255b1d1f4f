import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What `consentctl journal` says of damage, and by which exit status.
@Suite(.timeLimit(.minutes(5)))
struct JournalCommandTests {
    /// What is done to a journal that a killed daemon left.
    enum Damage: String, CaseIterable {
        case nothing, noMark, noLock, noManifest, noKeys, noSegment, emptySegment, cutSegment, cutSegmentAndNoMark
        case flippedFrame, flippedHeader, flippedManifest, flippedMark, readableFile, linkedFile, pipe

        /// The exit status of `verify`; that of a start is the same, but for a torn tail and nothing at all.
        var status: Int32 {
            switch self {
            case .nothing, .noMark, .noLock, .flippedMark: 0
            case .cutSegmentAndNoMark: 10
            case .readableFile, .linkedFile, .pipe: 77
            default: 65
            }
        }

        func apply(to journal: String) throws {
            let segment = journal + "/seg-0000000000000001.wal"
            switch self {
            case .nothing: break
            case .noMark: try Self.check(unsafe unlink(journal + "/HWM"))
            case .noLock: try Self.check(unsafe unlink(journal + "/LOCK"))
            case .noManifest: try Self.check(unsafe unlink(journal + "/MANIFEST"))
            case .noKeys: try Self.check(unsafe unlink(journal + "/KEYS"))
            case .noSegment: try Self.check(unsafe unlink(segment))
            case .emptySegment: try Self.check(unsafe truncate(segment, 0))
            case .cutSegment: try Self.check(unsafe truncate(segment, 5_000))
            case .cutSegmentAndNoMark:
                try Self.check(unsafe unlink(journal + "/HWM"))
                try Self.check(unsafe truncate(segment, 5_000))
            case .flippedFrame: try TestFile.flipByte(at: 4_300, of: segment)
            case .flippedHeader: try TestFile.flipByte(at: 40, of: segment)
            case .flippedManifest: try TestFile.flipByte(at: 40, of: journal + "/MANIFEST")
            case .flippedMark: try TestFile.flipByte(at: 40, of: journal + "/HWM")
            case .readableFile: try Self.check(unsafe chmod(segment, 0o644))
            case .linkedFile:
                try Self.check(unsafe rename(segment, journal + "/../elsewhere"))
                try Self.check(unsafe symlink("../elsewhere", segment))
            case .pipe:
                try Self.check(unsafe unlink(journal + "/HWM"))
                try Self.check(unsafe mkfifo(journal + "/HWM", 0o600))
            }
        }

        private static func check(_ result: Int32) throws {
            guard result == 0 else { throw SystemFailure.last(during: "damage a journal") }
        }
    }

    @Test(arguments: Damage.allCases)
    func damageHasItsExitStatusAndNothingIsChanged(damage: Damage) async throws {
        let daemon = try await Self.killed()
        let state = daemon.stateDirectory
        try damage.apply(to: state + "/journal")
        let before = try Self.sizes(in: state + "/journal")
        let verified = try await Self.consentctl("journal", "verify", state)
        #expect(verified.status == .exited(damage.status), "\(verified.output)")
        #expect(try Self.sizes(in: state + "/journal") == before)
        guard damage.status >= 65 else {
            let again = try await DaemonProcess.start(in: daemon.directory)
            #expect(try await again.terminate() == .exited(0))
            return
        }
        let again = try DaemonProcess.launch(in: daemon.directory)
        #expect(try await again.ended() == .exited(damage.status), "\(again.log)")
        // Files that were never put to use go at every start.
        let isJournal = { (file: (key: String, value: Int)) in file.key != "LOCK" && !file.key.hasSuffix(".tmp") }
        #expect(try Self.sizes(in: state + "/journal").filter(isJournal) == before.filter(isJournal))
        if damage.status == 65, verified.output.contains("seg-") { #expect(verified.output.contains("offset")) }
    }

    @Test func aJournalInUseAMissingKeyAndNoJournalHaveTheirOwnStatus() async throws {
        let daemon = try await DaemonProcess.start()
        #expect(try await Self.consentctl("journal", "verify", daemon.stateDirectory).status == .exited(75))
        // Only a backup is made of a running one.
        let copy = daemon.directory.file("copy")
        #expect(try await Self.consentctl("journal", "backup", daemon.stateDirectory, copy).status == .exited(0))
        #expect(try await Self.consentctl("journal", "verify", copy).status == .exited(0))
        #expect(try await Self.consentctl("journal", "backup", daemon.stateDirectory, copy).status == .exited(74))
        let withoutKey = try await Self.consentctl("journal", "dump", copy)
        #expect(withoutKey.status == .exited(78))
        #expect(withoutKey.output.contains("journal.kek"))
        let nothing = daemon.directory.file("nothing")
        #expect(try await Self.consentctl("journal", "verify", nothing).status == .exited(74))
    }

    // MARK: Steps

    private static func killed() async throws -> DaemonProcess {
        let daemon = try await DaemonProcess.start()
        _ = try await daemon.result(
            "createConfiguration",
            [
                "type_id": "sf-sales-cloud",
                "authentication": ["url": "http://127.0.0.1:9", "client_id": "c", "client_secret": "s"],
                "properties": ["sobject": ["Lead"]], "mappings": [["id": "Newsletter__c", "value": "p1"]],
            ]
        )
        let client = try daemon.publisher()
        for number in 0..<10 {
            let event: JSONValue = [
                "id": .string("e-\(number)"), "organization_user_id": "ada@example.com", "preferences": ["p1": true],
            ]
            _ = try await client.result("publishConsent", ["event": event])
        }
        daemon.process.kill()
        return daemon
    }

    private static func consentctl(
        _ arguments: String...
    ) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        let directory = try TemporaryDirectory(prefix: "consentctl-journal")
        let log = directory.file("log")
        let process = try ChildProcess(
            executable: try Program.consentctl.path,
            arguments: arguments,
            output: log,
            errors: log
        )
        let status = try await Patience.value("consentctl ends") { process.poll() }
        return (status, String(decoding: try TextFile.read(log), as: UTF8.self))
    }

    /// The names in a directory and how large they are.
    private static func sizes(in directory: String) throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in try TestFile.names(in: directory) {
            var status = stat()
            guard unsafe lstat(directory + "/" + name, &status) == 0 else { throw SystemFailure.last(during: "stat") }
            sizes[name] = Int(status.st_size)
        }
        return sizes
    }
}
