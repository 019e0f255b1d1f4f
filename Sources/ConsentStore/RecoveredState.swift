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
        let (journal, report) = try Journal.open(directory, options: options) { number, kind, body in
            try state.apply(
                Record(kind: kind.rawValue, body: unsafe body.withUnsafeBytes { unsafe [UInt8]($0) }),
                at: SequenceNumber(number.rawValue)
            )
        }
        // What the replay stirred up concerns nobody yet; the first look at the outbox reports everything instead.
        state.effects = ConsentState.Effects()
        for entry in state.configurations where !entry.isDeleted {
            state.effects.outbox.append(.configuration(entry.configuration.id))
            state.effects.outbox.append(.allSubjects(entry.configuration.id))
        }
        return RecoveredState(journal: journal, state: state, subjectHash: { SubjectHash(plain: $0) }, report: report)
    }
}
