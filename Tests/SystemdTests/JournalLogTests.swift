import Glibc
import Testing

@testable import Systemd

@Suite struct JournalLogTests {
    @Test func onlyTheNamedFileIsTheJournalStream() throws {
        let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var status = stat()
        try #require(unsafe fstat(descriptor, &status) == 0)
        #expect(JournalLog.isFile(descriptor, named: "\(status.st_dev):\(status.st_ino)"))
        #expect(!JournalLog.isFile(descriptor, named: "\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!JournalLog.isFile(descriptor, named: "\(status.st_dev + 1):\(status.st_ino)"))
        #expect(!JournalLog.isFile(-1, named: "\(status.st_dev):\(status.st_ino)"))
    }

    @Test(arguments: ["", ":", "1", "1:", ":1", "1:2:3", "a:b", "-1:1", "99999999999999999999:1"])
    func malformedStreamNameIsNoStream(name: String) {
        #expect(!JournalLog.isFile(STDERR_FILENO, named: name))
    }

    @Test func environmentNamesTheStream() async {
        await #expect(processExitsWith: .success) {
            var status = stat()
            try #require(unsafe fstat(STDERR_FILENO, &status) == 0)
            unsafe setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(JournalLog.isJournalStream())
            unsafe unsetenv("JOURNAL_STREAM")
            #expect(!JournalLog.isJournalStream())
        }
    }

    @Test func entryHasItsFieldsAndNoOthers() {
        let fields = [
            ("CONSENTD_SEQ", "7"), ("MESSAGE_ID", "0123"), ("lower", "x"), ("_TRANSPORT", "x"), ("1ST", "x"), ("", "x"),
            ("A=B", "x"), (String(repeating: "A", count: 65), "x"), ("TEXT", "two\nlines = fine"),
        ]
        let entry = JournalLog.entry(message: "started", priority: .info, fields: fields)
        let expected = [
            "MESSAGE=started", "PRIORITY=6", "CONSENTD_SEQ=7", "MESSAGE_ID=0123", "TEXT=two\nlines = fine",
        ]
        #expect(entry == expected)
    }

    @Test func sendingWithoutAJournalIsNoError() throws {
        try JournalLog.send(message: "a test of consentd ran", priority: .debug, fields: [("CONSENTD_TEST", "1")])
    }
}
