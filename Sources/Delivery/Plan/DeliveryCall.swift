package import Consent

/// Names a call from its start to its end.
package struct CallID: Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: CallID, right: CallID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A call to make now; its report goes back to `DeliveryPlan.finished`.
package struct DeliveryCall: Hashable, Sendable {
    package var id: CallID
    package var configuration: Configuration
    package var request: Request

    package init(id: CallID, configuration: Configuration, request: Request) {
        self.id = id
        self.configuration = configuration
        self.request = request
    }

    /// What to ask of the org.
    package enum Request: Hashable, Sendable {
        /// Take these subjects, hand them to `DeliveryPlan.taken`, and what is remembered of the people that it answers with
        /// to `DeliveryPlan.remembered`. Nothing is asked of the org.
        case take([SubjectKey])
        case find([String])
        case update([RecordUpdate])
        case create([RecordCreation])
        /// Open a job for the rows of `DeliveryPlan.rows(of:)`, and have them written down before anything else.
        case openJob
        case upload([RecordUpdate], job: String)
        case check([String], job: String)
        case abort(job: String)
        case probe
    }
}

/// What calls are for, to count them.
package enum CallKind: String, CaseIterable, Hashable, Sendable {
    case find
    case update
    case create
    case bulk
    case probe
}
