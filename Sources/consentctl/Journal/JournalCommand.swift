import ArgumentParser
import Journal
import SystemPackage

/// What an operator does with a journal's files.
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Check, read, copy and save a journal.",
        discussion: """
            DIR is the state directory or its journal/. All work without the daemon, and all but backup on a stopped \
            journal. Exit status: 0 well; 10 only an unfinished end; 65 corrupt; 74 I/O error; 75 in use; 77 wrong \
            owner or modes; 78 wrong or missing key.
            """,
        subcommands: [
            JournalVerify.self, JournalDump.self, JournalBackup.self, JournalRestore.self, JournalSalvageCommand.self,
            JournalRotateKey.self,
        ]
    )
}

/// Which journal a command means.
struct JournalLocation: ParsableArguments {
    @Argument(help: "The state directory or its journal/.")
    var directory: String

    var journal: FilePath { Self.journal(in: directory) }

    static func journal(in directory: String) -> FilePath {
        let path = FilePath(directory)
        let inside = path.appending("journal")
        let isInside = (try? PosixFiles().status(inside))?.kind == .directory
        return isInside ? inside : path
    }

    /// The files as their owner sees them: root looks after the journals of others.
    var files: PosixFiles { PosixFiles(forOwnerOf: journal) }

    /// The key file named, else the one beside the journal.
    func key(_ file: String?) throws -> KeyEncryptionKey {
        let beside = journal.removingLastComponent().appending(KeyFile.directoryName).appending(KeyFile.name)
        let path = file.map { FilePath($0) } ?? beside
        return try JournalFailure.run { () throws(JournalError) in
            do throws(JournalError) {
                return try KeyFile.read(path, files: PosixFiles(forOwnerOf: path))
            } catch .io(.noSuchFileOrDirectory, _) {
                throw .key(.missing)
            }
        }
    }
}

/// Turns a journal's errors into words and an exit status.
enum JournalFailure {
    static func run<Result>(_ body: () throws(JournalError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw CommandFailure.journal(error)
        }
    }

    static func exitStatus(_ error: JournalError) -> Int32 {
        switch error {
        case .corrupt, .unsupported, .refused: 65
        case .io, .full, .recordTooLarge, .batchFull: 74
        case .locked: 75
        case .wrongMode: 77
        case .key: 78
        }
    }

    /// A line about what was found.
    static func summary(_ report: RecoveryReport) -> String {
        var text = "records \(report.firstSequenceNumber) to \(report.nextSequenceNumber.advanced(by: -1))"
        text += ", \(report.segmentCount) segments, \(report.byteCount) bytes"
        if let snapshot = report.snapshot { text += ", behind a snapshot of \(snapshot.recordCount) entries" }
        if let torn = report.tornTail { text += "; unfinished end: \(torn.file): offset \(torn.offset)" }
        return text
    }
}

/// Checks everything that can be checked without a key.
struct JournalVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every byte of a journal; needs no key."
    )

    @OptionGroup var location: JournalLocation

    func run() throws {
        let report = try JournalFailure.run { () throws(JournalError) in
            try Journal.inspect(location.journal, files: location.files)
        }
        print(JournalFailure.summary(report))
        if report.tornTail != nil { throw ExitCode(10) }
    }
}

/// Copies a journal, also a running one.
struct JournalBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a journal, also while the daemon runs.",
        discussion: "The key is not copied: keep journal.kek elsewhere, or the copy is worth nothing."
    )

    @OptionGroup var location: JournalLocation
    @Argument(help: "The directory to be made for the copy.")
    var target: String

    func run() throws {
        let report = try JournalFailure.run { () throws(JournalError) in
            try JournalCopy.make(
                from: location.journal,
                inside: FilePath(target),
                files: location.files,
                targetFiles: PosixFiles()
            )
        }
        print(JournalFailure.summary(report))
    }
}

/// Puts a copy back.
struct JournalRestore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Check a copy and put it into a state directory that has no journal."
    )

    @Argument(help: "The copy that backup made.")
    var backup: String
    @Argument(help: "The state directory.")
    var target: String

    func run() throws {
        let source = JournalLocation.journal(in: backup)
        let report = try JournalFailure.run { () throws(JournalError) in
            try JournalCopy.make(
                from: source,
                inside: FilePath(target),
                files: PosixFiles(forOwnerOf: source),
                targetFiles: PosixFiles(forOwnerOf: FilePath(target))
            )
        }
        print(JournalFailure.summary(report))
    }
}

/// Saves what a damaged journal holds before its damage.
struct JournalSalvageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "salvage",
        abstract: "Write what comes before the first damage into a new directory; the old one is left alone.",
        discussion: """
            Where the snapshot or the manifest is damaged, what it stands for is taken from what was before, if that is \
            still there.
            """
    )

    @OptionGroup var location: JournalLocation
    @Argument(help: "The directory to be made.")
    var target: String

    func run() throws {
        let outcome = try JournalFailure.run { () throws(JournalError) in
            try JournalSalvage.make(
                from: location.journal,
                inside: FilePath(target),
                files: location.files,
                targetFiles: PosixFiles()
            )
        }
        print(JournalFailure.summary(outcome.report))
        if let replaced = outcome.replaced { print("done without: \(replaced)") }
        if let damage = outcome.damage { print("not saved: \(damage)") }
    }
}

/// Moves a journal from one key to another.
struct JournalRotateKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Put a stopped journal under another key.",
        discussion: "Without --new-key-file a new key is made and put in place of keys/journal.kek."
    )

    @OptionGroup var location: JournalLocation
    @Option(help: "The present key; default DIR/keys/journal.kek.")
    var keyFile: String?
    @Option(help: "The key from now on.")
    var newKeyFile: String?

    func run() throws {
        let old = try location.key(keyFile)
        try JournalFailure.run { () throws(JournalError) in
            guard let newKeyFile else {
                return try KeyFile.rotate(location.journal, from: old, files: location.files)
            }
            let path = FilePath(newKeyFile)
            let new = try KeyFile.read(path, files: PosixFiles(forOwnerOf: path))
            try Journal.rotateKey(location.journal, from: old, to: new, files: location.files)
        }
    }
}
