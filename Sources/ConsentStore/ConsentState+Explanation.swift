import Consent

extension ConsentState {
    /// What stands for a person in every configuration that knows them.
    func explanation(of organizationUserID: String) -> [SubjectExplanation] {
        configurations.compactMap { entry in
            guard !entry.isDeleted, let slot = entry.slot(of: organizationUserID) else { return nil }
            let id = entry.configuration.id
            return SubjectExplanation(
                configuration: id,
                recordIDs: entry.subjects[Int(slot)].recordIDs,
                fields: fields(of: slot, in: entry),
                deliveries: deliveries(of: organizationUserID, configuration: id)
            )
        }
    }

    private func fields(of slot: UInt32, in entry: ConfigurationEntry) -> [SubjectExplanation.Field] {
        entry.subjects[Int(slot)].fields.standing.flatMap { standing in
            let state = delivery(DeliveryID(event: standing.event, configuration: entry.configuration.id))?.state
            return entry.fieldEntries(for: [standing.captured]).map { field in
                SubjectExplanation.Field(
                    entry: field,
                    eventID: standing.version.eventID,
                    eventCreatedAt: standing.version.createdAt,
                    rule: standing.rule,
                    state: state ?? standing.endState ?? .pending,
                    deliveredAt: standing.isDelivered ? standing.endedAt : nil
                )
            }
        }
    }
}
