package import Consent
package import JSON

/// Tells what stands for a person in every configuration, and why.
package struct ExplainSubject: RPCMethod {
    package static let name = "explainSubject"
    package static let access = Access.admin
    package static let positionalParameters = ["organization_user_id"]

    package var organizationUserID: String

    package static func decode(_ params: ParamsReader) -> ExplainSubject? {
        params.requiredString("organization_user_id", bytesMax: ConsentEvent.organizationUserIDBytesMax)
            .map { ExplainSubject(organizationUserID: $0) }
    }

    /// What stands; no configurations where nothing is known of the person.
    package struct Result: JSONEncodable, Sendable {
        package var organizationUserID: String
        package var configurations: [SubjectExplanation]

        package init(organizationUserID: String, configurations: [SubjectExplanation]) {
            self.organizationUserID = organizationUserID
            self.configurations = configurations
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("organization_user_id", organizationUserID)
            writer.member("configurations", configurations)
            writer.endObject()
        }
    }
}

extension SubjectExplanation: JSONEncodable {
    /// Writes what stands in one configuration.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("configuration_id", configuration.description)
        writer.member("record_ids", recordIDs)
        writer.member("fields", fields)
        writer.member("deliveries", deliveries)
        writer.endObject()
    }
}

extension SubjectExplanation.Field: JSONEncodable {
    /// Writes a field and why it has its value.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("field", entry.field)
        writer.member("value", entry.value)
        writer.member("event_id", eventID)
        writer.member("event_created_at", eventCreatedAt.rfc3339)
        writer.member("rule", rule.word)
        writer.member("state", state.rawValue)
        writer.member("delivered_at", ifPresent: deliveredAt?.rfc3339)
        writer.endObject()
    }
}

extension MergeRule {
    /// The rule's name in the protocol.
    fileprivate var word: String {
        switch self {
        case .only: "ONLY"
        case .newest: "NEWEST"
        case .tieDenied: "TIE_DENIED"
        case .tieEventID: "TIE_EVENT_ID"
        }
    }
}
