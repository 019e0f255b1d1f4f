/// Where one event's delivery to one configuration stands.
package enum DeliveryState: String, CaseIterable, Hashable, Sendable {
    case pending
    case inFlight = "in_flight"
    case retrying
    case parked
    case held
    case delivered
    case skipped
    case superseded
    case failed
    case cancelled

    /// Whether nothing will change it any more, short of `retryDelivery`.
    package var isTerminal: Bool {
        switch self {
        case .pending, .inFlight, .retrying, .parked, .held: false
        case .delivered, .skipped, .superseded, .failed, .cancelled: true
        }
    }
}

/// One try to write a person's fields, as it is told to whoever asks.
///
/// It holds Salesforce's words about a record, never a person's data of our own.
package struct Attempt: Hashable, Sendable {
    package var at: Timestamp
    /// The answer's HTTP status; nil when there was no answer.
    package var httpStatus: Int?
    /// Salesforce's error code, or our own word for a failure below HTTP such as `CONNECTION_REFUSED`.
    package var errorCode: String?
    package var message: String?
    /// Fields that Salesforce named.
    package var fields: [String]
    /// Salesforce's `X-Sfdc-Request-Id`.
    package var requestID: String?

    package init(
        at: Timestamp,
        httpStatus: Int? = nil,
        errorCode: String? = nil,
        message: String? = nil,
        fields: [String] = [],
        requestID: String? = nil
    ) {
        self.at = at
        self.httpStatus = httpStatus
        self.errorCode = errorCode
        self.message = message
        self.fields = fields
        self.requestID = requestID
    }
}

/// One event's delivery to one configuration, with everything a caller may see of it.
package struct Delivery: Hashable, Sendable {
    package var id: DeliveryID
    package var eventID: String
    package var recordKind: RecordKind
    package var organizationUserID: String
    package var state: DeliveryState
    package var reason: String?
    /// The record that last changed this delivery; it only grows.
    package var sequenceNumber: SequenceNumber
    package var acceptedAt: Timestamp
    package var eventCreatedAt: Timestamp
    package var updatedAt: Timestamp
    package var attempts: Int
    package var nextAttemptAt: Timestamp?
    package var lastAttempt: Attempt?
    package var fields: [FieldEntry]
    package var recordIDs: [String]
    package var isCreated: Bool?
    package var supersededBy: DeliveryID?

    package init(
        id: DeliveryID,
        eventID: String,
        recordKind: RecordKind,
        organizationUserID: String,
        state: DeliveryState,
        reason: String? = nil,
        sequenceNumber: SequenceNumber,
        acceptedAt: Timestamp,
        eventCreatedAt: Timestamp,
        updatedAt: Timestamp,
        attempts: Int = 0,
        nextAttemptAt: Timestamp? = nil,
        lastAttempt: Attempt? = nil,
        fields: [FieldEntry] = [],
        recordIDs: [String] = [],
        isCreated: Bool? = nil,
        supersededBy: DeliveryID? = nil
    ) {
        self.id = id
        self.eventID = eventID
        self.recordKind = recordKind
        self.organizationUserID = organizationUserID
        self.state = state
        self.reason = reason
        self.sequenceNumber = sequenceNumber
        self.acceptedAt = acceptedAt
        self.eventCreatedAt = eventCreatedAt
        self.updatedAt = updatedAt
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.lastAttempt = lastAttempt
        self.fields = fields
        self.recordIDs = recordIDs
        self.isCreated = isCreated
        self.supersededBy = supersededBy
    }
}

/// A Salesforce field and the value it gets.
package struct FieldEntry: Hashable, Sendable {
    package var field: String
    package var value: FieldValue

    package init(field: String, value: FieldValue) {
        self.field = field
        self.value = value
    }
}
