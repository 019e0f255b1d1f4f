import ConsentClient

/// Publishes what a visitor chose in a form, waits until Salesforce has it, and tells in which records.
///
/// The sign-up service keeps one session for its whole life; the event's id is the form's number, so that a form that
/// is handed in twice is one event.
func recordNewsletterChoice(
    of visitor: String,
    wants newsletter: Bool,
    form: Int,
    session: ConsentSession
) async throws -> [String] {
    let event = """
        {"id": "form-\(form)", "organization_user_id": "\(visitor)", "preferences": {"tFyHkpl": \(newsletter)}}
        """
    // On disk once, when this returns, even if the daemon is restarted meanwhile.
    let publication = try await session.publish(eventJSON: event)

    // Optional: most services are done here, since the daemon brings the event to Salesforce by itself.
    while true {
        let deliveries = try await session.deliveries(of: .event(publication.eventID))
        if deliveries.allSatisfy(\.isTerminal) { return deliveries.flatMap(\.recordIDs) }
        try await Task.sleep(for: .milliseconds(100))
    }
}
