import Consent
package import Journal
package import SystemPackage

/// An opened journal and the state folded from its records.
package struct RecoveredState {
    let journal: Journal
    var state: ConsentState
    /// Hashes a person under the journal's key.
    let subjectHash: @Sendable (String) -> SubjectHash
    /// What was found on disk.
    package let report: RecoveryReport

    /// Opens the journal in a directory (creating it only where there is none) and folds every record.
    ///
    /// - Throws: `JournalError`; a record that this version cannot read is `.refused`, never passed over.
    package static func open(
        _ directory: FilePath,
        options: JournalOptions,
        key: KeyEncryptionKey? = nil,
        limits: StoreLimits
    ) throws(JournalError) -> RecoveredState {
        var state = ConsentState(limits: limits)
        var keys: JournalKeys?
        let replay = Replay(
            keys: { keys = $0 },
            log: { number, kind, body in
                try state.apply(
                    Record(kind: kind.rawValue, body: unsafe body.withUnsafeBytes { unsafe [UInt8]($0) }),
                    at: SequenceNumber(number.rawValue)
                )
            }
        )
        let (journal, report) = try Journal.open(directory, options: options, key: key, replay: replay)
        // What the replay stirred up concerns nobody yet; the first look at the outbox reports everything instead.
        state.effects = ConsentState.Effects()
        for entry in state.configurations where !entry.isDeleted {
            state.effects.outbox.append(.configuration(entry.configuration.id))
            state.effects.outbox.append(.allSubjects(entry.configuration.id))
        }
        return RecoveredState(
            journal: journal,
            state: state,
            subjectHash: hash(under: keys),
            report: report
        )
    }

    private static func hash(under keys: JournalKeys?) -> @Sendable (String) -> SubjectHash {
        guard let keys else { return { SubjectHash(plain: $0) } }
        return { person in
            SubjectHash(keys.keyedHash(of: Array(person.utf8))) ?? SubjectHash(plain: person)
        }
    }
}
