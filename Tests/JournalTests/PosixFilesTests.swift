import Glibc
import SystemPackage
import Testing

@testable import Journal

/// What only the real file system can show.
@Suite struct PosixFilesTests {
    private let directory: TemporaryDirectory
    private let path: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path.appending("journal")
    }

    @Test func aJournalOnDiskComesBackAndIsClosedToOthers() throws {
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(path, .small, PosixFiles())
            for index in 0..<40 as Range<UInt8> {
                try journal.commit([[UInt8](repeating: index, count: 400)], to: &known)
            }
            #expect(throws: JournalError.locked) { try Journal.open(path, .small, PosixFiles()) }
        }
        #expect(try PosixFiles().status(path).mode == 0o700)
        for name in try PosixFiles().list(path) {
            #expect(try PosixFiles().status(path.appending(name)).mode == 0o600, "\(name)")
        }
        #expect(try Journal.read(path, PosixFiles()).history == known)
        #expect(try Journal.open(path, .small, PosixFiles()).history == known)
    }

    @Test func aDirectoryOpenToOthersIsRefused() throws {
        try make()
        #expect(unsafe chmod(path.string, 0o750) == 0)
        #expect(throws: JournalError.wrongMode(path: path, .mode)) { try Journal.open(path, .small, PosixFiles()) }
    }

    @Test(arguments: ["MANIFEST", "HWM", "LOCK", "seg-0000000000000001.wal"])
    func aFileOpenToOthersIsRefused(name: String) throws {
        try make()
        let file = path.appending(name)
        #expect(unsafe chmod(file.string, 0o640) == 0)
        #expect(throws: JournalError.wrongMode(path: file, .mode)) { try Journal.open(path, .small, PosixFiles()) }
    }

    @Test(arguments: ["MANIFEST", "HWM", "LOCK", "seg-0000000000000001.wal"])
    func aSymbolicLinkIsRefused(name: String) throws {
        try make()
        let file = path.appending(name)
        let moved = directory.path.appending("moved")
        #expect(unsafe rename(file.string, moved.string) == 0)
        #expect(unsafe symlink(moved.string, file.string) == 0)
        #expect(throws: JournalError.wrongMode(path: file, .kind)) { try Journal.open(path, .small, PosixFiles()) }
    }

    @Test func aDirectoryBehindASymbolicLinkIsRefused() throws {
        try make()
        let link = directory.path.appending("link")
        #expect(unsafe symlink(path.string, link.string) == 0)
        #expect(throws: JournalError.wrongMode(path: link, .kind)) { try Journal.open(link, .small, PosixFiles()) }
    }

    @Test func aMissingParentIsAnErrorWithItsStep() {
        let deep = directory.path.appending("no").appending("such")
        #expect(throws: JournalError.io(.noSuchFileOrDirectory, during: "make journal directory")) {
            try Journal.open(deep, .small, PosixFiles())
        }
    }

    @Test func inspectionChangesNothing() throws {
        try make()
        let before = try snapshot()
        _ = try Journal.inspect(path)
        #expect(try snapshot() == before)
    }

    private func make() throws {
        var known = History()
        let (journal, _, _) = try Journal.open(path, .small, PosixFiles())
        try journal.commit([[1], [2]], to: &known)
        try journal.close()
    }

    private func snapshot() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in try PosixFiles().list(path) {
            contents[name] = try PosixFiles().open(path.appending(name), .readOnly).read(1 << 20, at: 0)
        }
        return contents
    }
}
