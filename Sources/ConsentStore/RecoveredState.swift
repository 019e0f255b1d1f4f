import Consent
package import Journal
package import SystemPackage

/// An opened journal and the state folded from its records.
package struct RecoveredState {
    let journal: Journal
    var state: ConsentState
    /// What was found on disk.
    package let report: RecoveryReport

    /// Opens the journal in a directory (creating it only where there is none) and folds every record.
    ///
    /// - Throws: `JournalError`; a record that this version cannot read is `.refused`, never passed over.
    package static func open(
        _ directory: FilePath,
        options: JournalOptions,
        key: KeyEncryptionKey? = nil,
        limits: StoreLimits,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) -> RecoveredState {
        let fold = HistoryFold(ConsentState(limits: limits))
        var feed = HistoryFeed(fold)
        defer { feed.stop() }
        let (journal, report) = try Journal.open(
            directory,
            options: options,
            key: key,
            files: files,
            replay: Replay(
                keys: { fold.use($0) },
                snapshot: { number, kind, body in
                    try feed.add(number.rawValue, kind: kind.rawValue, body, from: .snapshot)
                },
                log: { number, kind, body in try feed.add(number.rawValue, kind: kind.rawValue, body, from: .log) },
                end: { () throws(JournalError) in try feed.finish() }
            )
        )
        var state = fold.takeState()
        // The first look at the outbox reports everything instead.
        for entry in state.configurations where !entry.isDeleted {
            state.effects.outbox.append(.configuration(entry.configuration.id))
            state.effects.outbox.append(.allSubjects(entry.configuration.id))
        }
        state.resumeJobs()
        return RecoveredState(journal: journal, state: state, report: report)
    }

    /// Hashes a person under the journal's keys.
    var subjectHash: @Sendable (String) -> SubjectHash {
        guard let keys = journal.keys else { return { SubjectHash(plain: $0) } }
        return { person in
            guard let hash = SubjectHash(keys.keyedHash(of: Array(person.utf8))) else {
                preconditionFailure("a keyed hash has 32 bytes")
            }
            return hash
        }
    }
}
