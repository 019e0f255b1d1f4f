package import Consent
package import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// Updates records, at most 200, each once.
    ///
    /// A record that got the same values from here a moment ago is not written again, unless something is withdrawn.
    /// A choice that its field cannot hold fails its own record and is not sent.
    package func update(_ writes: [RecordUpdate], for configuration: Configuration) async -> CallReport<WriteOutcome> {
        await write(writes.count, for: configuration, method: .patch) { index, description throws(ShapeError) in
            let fields = try self.fields(writes[index].fields, description)
            return Draft(
                recordID: writes[index].recordID,
                person: nil,
                fields: fields,
                isWithdrawal: writes[index].isWithdrawal
            )
        }
    }

    /// Creates records, at most 200, each person once.
    ///
    /// Where the match field is unique and another writer was faster, the outcome is `repairable`: the person has a record
    /// by now.
    package func create(_ writes: [RecordCreation], for configuration: Configuration) async -> CallReport<WriteOutcome>
    {
        guard SOQL.isFieldName(configuration.matchField), configuration.matchField.lowercased() != "id" else {
            return CallReport(
                failure: failures.own(
                    .configuration,
                    reason: "INVALID_MATCH_FIELD",
                    message: "properties.match_field is not a field that can be set when a record is created",
                    fields: [String(configuration.matchField.prefix(80))]
                ),
                calls: 0
            )
        }
        let snapshot = matches.snapshot
        let defaults = CreateDefaults.entries(for: configuration)
        let report = await write(writes.count, for: configuration, method: .post) {
            index,
            description throws(ShapeError) in
            let person = writes[index].organizationUserID
            let match = FieldEntry(field: configuration.matchField, value: .string(person))
            let key = try description?[configuration.matchField].map { field throws(ShapeError) in
                FieldEntry(field: match.field, value: try FieldShape.value(match.value, for: field))
            }
            let fields = try self.fields(writes[index].fields, description)
            return Draft(recordID: nil, person: person, fields: defaults + fields + [key ?? match])
        }
        remember(report.outcomes, writes, configuration, since: snapshot)
        return report
    }

    /// The values of these choices in the shapes of their fields.
    func fields(
        _ choices: [FieldChoice],
        _ description: ObjectDescription?
    ) throws(ShapeError) -> [FieldEntry] {
        var entries: [FieldEntry] = []
        for choice in choices {
            let field = choice.mapping.field
            entries.append(FieldEntry(field: field, value: try FieldShape.render(choice, for: description?[field])))
        }
        return entries
    }

    private func remember(
        _ outcomes: [WriteOutcome],
        _ writes: [RecordCreation],
        _ configuration: Configuration,
        since snapshot: MatchStore.Snapshot
    ) {
        var found: [(person: String, records: [FoundRecord])] = []
        let parentID = CreateDefaults.parentID(of: configuration)
        for (outcome, write) in zip(outcomes, writes) {
            if case .written(let recordID, _, _) = outcome {
                found.append((write.organizationUserID, [FoundRecord(id: recordID, parentID: parentID)]))
            }
        }
        matches.insert(found, for: configuration, since: snapshot, at: now())
    }
}

/// A record as it goes into a call.
struct Draft: Sendable {
    var recordID: String?
    var person: String?
    var fields: [FieldEntry]
    /// Whether anything of it is denied or cleared.
    var isWithdrawal = false
}
