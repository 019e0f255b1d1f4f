/// What stands for a person in one configuration, and why.
package struct SubjectExplanation: Sendable {
    package var configuration: ConfigurationID
    /// The Salesforce records that the last delivered write went to.
    package var recordIDs: [String]
    package var fields: [Field]
    /// What is known of the person's deliveries, oldest event first.
    package var deliveries: [Delivery]

    package init(configuration: ConfigurationID, recordIDs: [String], fields: [Field], deliveries: [Delivery]) {
        self.configuration = configuration
        self.recordIDs = recordIDs
        self.fields = fields
        self.deliveries = deliveries
    }

    /// A field and the choice that stands for it.
    package struct Field: Sendable {
        package var entry: FieldEntry
        package var eventID: String
        package var eventCreatedAt: Timestamp
        package var rule: MergeRule
        /// What became of the event's delivery.
        package var state: DeliveryState
        package var deliveredAt: Timestamp?

        package init(
            entry: FieldEntry,
            eventID: String,
            eventCreatedAt: Timestamp,
            rule: MergeRule,
            state: DeliveryState,
            deliveredAt: Timestamp?
        ) {
            self.entry = entry
            self.eventID = eventID
            self.eventCreatedAt = eventCreatedAt
            self.rule = rule
            self.state = state
            self.deliveredAt = deliveredAt
        }
    }
}

/// How far the erasure of a person has come.
package struct SubjectErasure: Equatable, Sendable {
    /// The record that erased the person.
    package var sequenceNumber: SequenceNumber
    package var deliveryCount: Int
    /// When the last byte is gone at the latest.
    package var completesBy: Timestamp
    /// When the last byte was gone.
    package var completedAt: Timestamp?

    package init(
        sequenceNumber: SequenceNumber,
        deliveryCount: Int,
        completesBy: Timestamp,
        completedAt: Timestamp?
    ) {
        self.sequenceNumber = sequenceNumber
        self.deliveryCount = deliveryCount
        self.completesBy = completesBy
        self.completedAt = completedAt
    }
}
