package import Consent
package import JSON

/// Forgets a person: at once in memory, and on disk before a deadline.
package struct EraseSubject: RPCMethod {
    package static let name = "eraseSubject"
    package static let access = Access.admin
    package static let positionalParameters = ["organization_user_id"]

    package var organizationUserID: String

    package static func decode(_ params: ParamsReader) -> EraseSubject? {
        params.requiredString("organization_user_id", bytesMax: ConsentEvent.organizationUserIDBytesMax)
            .map { EraseSubject(organizationUserID: $0) }
    }

    package typealias Result = SubjectErasure
}

extension SubjectErasure: JSONEncodable {
    /// Writes how far the erasure has come.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("seq", sequenceNumber.rawValue)
        writer.member("deliveries_erased", deliveryCount)
        writer.member("completes_by", completesBy.rfc3339)
        writer.member("completed_at", ifPresent: completedAt?.rfc3339)
        writer.endObject()
    }
}
