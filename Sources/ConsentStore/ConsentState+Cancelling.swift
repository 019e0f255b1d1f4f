import Consent

extension ConsentState {
    /// Whether a denial or a clearing of the same person was not written because this undelivered delivery was to be
    /// written in its place: with it the person's "no" would be lost.
    func standsForWithdrawal(_ id: DeliveryID) -> Bool {
        guard let index = configurationIndexes[id.configuration],
            let slot = entry(of: id.event, in: id.configuration)?.slot
        else { return false }
        let subject = configurations[index].subjects[Int(slot)]
        return subject.events.contains { event in
            guard event != id.event, let delivery = entry(of: event, in: id.configuration),
                gaveWay(event, to: id.event, in: id.configuration)
            else { return false }
            return delivery.choices.contains {
                !$0.isCompanion && $0.choice.isRestrictive && subject.fields.choice(for: $0.source)?.event == id.event
            }
        }
    }

    /// Whether an event was superseded by another, be it through others that were superseded themselves.
    private func gaveWay(
        _ event: SequenceNumber,
        to winner: SequenceNumber,
        in configuration: ConfigurationID
    ) -> Bool {
        var event = event
        while let delivery = entry(of: event, in: configuration), delivery.state == .superseded,
            let next = delivery.supersededBy, next > event
        {
            if next == winner { return true }
            event = next
        }
        return false
    }
}
