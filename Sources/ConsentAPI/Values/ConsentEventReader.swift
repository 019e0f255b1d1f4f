import Consent
import JSON

/// Reads an event in each of its three forms: the platform's own, a webhook's envelope around it, the short one.
enum ConsentEventReader {
    static let idBytesMax = 256

    /// An event and what its content is digested from.
    struct Reading {
        var event: ConsentEvent
        var node: JSONNode
        /// The envelope's regulation where that is the event's.
        var regulation: JSONNode?

        func digest(_ document: borrowing JSONDocument) -> JSONDigest {
            let digest = document.digest(node)
            guard let regulation else { return digest }
            let other = document.digest(regulation)
            return digest.combined(with: [other.high, other.low])
        }
    }

    /// The event; nil where a fault was noted.
    static func read(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        _ faults: inout EventFaults
    ) -> Reading? {
        guard document.kind(node) == .object else {
            faults.add("event", "must be an object")
            return nil
        }
        guard let parameters = document.member(of: node, named: "parameters"), document.kind(parameters) == .object
        else {
            return read(document, node, path: "event", regulation: nil, &faults).map { Reading(event: $0, node: node) }
        }
        return readEnvelope(document, node, parameters, &faults)
    }

    /// `{type, parameters: {entity | new_entity}, regulation?}` (the platform's webhooks page).
    private static func readEnvelope(
        _ document: borrowing JSONDocument,
        _ envelope: JSONNode,
        _ parameters: JSONNode,
        _ faults: inout EventFaults
    ) -> Reading? {
        let type = document.member(of: envelope, named: "type").flatMap { document.string($0) } ?? ""
        guard type == "event.created" || type == "event.updated" else {
            faults.add("event.type", "must be event.created or event.updated; other webhooks carry no single event")
            return nil
        }
        for name in ["entity", "new_entity"] {
            guard let entity = document.member(of: parameters, named: name), document.kind(entity) == .object else {
                continue
            }
            let member = document.member(of: envelope, named: "regulation").flatMap { document.isNull($0) ? nil : $0 }
            let regulation = member.flatMap { text(document, $0, "event", ".regulation", bytesMax: 64, &faults) }
            let path = "event.parameters.\(name)"
            guard let event = read(document, entity, path: path, regulation: regulation, &faults) else { return nil }
            // One that says what is so anyway makes no other content.
            let own = document.member(of: entity, named: "regulation").flatMap { document.isNull($0) ? nil : $0 }
            let isMeant = own == nil && event.regulation != ConsentEvent.defaultRegulation
            return Reading(event: event, node: entity, regulation: isMeant ? member : nil)
        }
        faults.add("event.parameters.entity", "is required")
        return nil
    }

    private static func read(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        path: String,
        regulation: String?,
        _ faults: inout EventFaults
    ) -> ConsentEvent? {
        var draft = Draft(regulation: regulation ?? ConsentEvent.defaultRegulation)
        var next = document.firstMember(of: node)
        while let name = next {
            let value = document.value(ofMember: name)
            next = document.member(after: name)
            if !document.isNull(value) { readMember(document, name, value, path, &draft, &faults) }
        }
        guard let organizationUserID = draft.organizationUserID else {
            if !draft.hasSubject {
                let isFull = draft.hasUser || draft.hasConsents
                faults.add(path + (isFull ? ".user.organization_user_id" : ".organization_user_id"), "is required")
            }
            return nil
        }
        return ConsentEvent(
            id: draft.id,
            createdAt: draft.createdAt,
            status: draft.status,
            regulation: draft.regulation,
            organizationUserID: organizationUserID,
            choices: draft.choices,
            details: draft.details
        )
    }

    /// What has been read of an event so far.
    struct Draft {
        var id: String?
        var createdAt: Timestamp?
        var status = ConsentEvent.Status.confirmed
        var regulation: String
        var organizationUserID: String?
        /// Whether the member is there, right or wrong.
        var hasSubject = false
        var choices: [SourceChoice] = []
        var details: [EventDetail] = []
        var hasUser = false
        var hasConsents = false
    }

    private static func readMember(
        _ document: borrowing JSONDocument,
        _ name: JSONNode,
        _ value: JSONNode,
        _ path: String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        if document.stringEquals(name, "id") {
            draft.id = text(document, value, path, ".id", bytesMax: idBytesMax, &faults)
        } else if document.stringEquals(name, "created_at") {
            draft.createdAt = document.string(value).flatMap { Timestamp(rfc3339: $0) }
            if draft.createdAt == nil { faults.add(path + ".created_at", "must be an RFC 3339 time") }
        } else if document.stringEquals(name, "status") {
            if let status = document.string(value).flatMap({ ConsentEvent.Status(rawValue: $0) }) {
                draft.status = status
            } else {
                faults.add(path + ".status", "must be one of confirmed, pending_approval")
            }
        } else if document.stringEquals(name, "regulation") {
            if let regulation = text(document, value, path, ".regulation", bytesMax: 64, &faults) {
                draft.regulation = regulation
            }
        } else if document.stringEquals(name, "organization_user_id") {
            draft.hasSubject = true
            draft.organizationUserID = subject(document, value, path, ".organization_user_id", &faults)
        } else if document.stringEquals(name, "user") {
            draft.hasUser = true
            readUser(document, value, path, &draft, &faults)
        } else if document.stringEquals(name, "consents") {
            draft.hasConsents = true
            readConsents(document, value, path, &draft, &faults)
        } else if document.stringEquals(name, "preferences") {
            readPreferences(document, value, path, &draft, &faults)
        } else {
            readDetail(document, name, value, &draft)
        }
    }

    private static func readDetail(
        _ document: borrowing JSONDocument,
        _ name: JSONNode,
        _ value: JSONNode,
        _ draft: inout Draft
    ) {
        if document.stringEquals(name, "updated_at") {
            addDetail(.updatedAt, document, value, &draft)
        } else if document.stringEquals(name, "organization_id") {
            addDetail(.organizationID, document, value, &draft)
        } else if document.stringEquals(name, "domain") {
            addDetail(.domain, document, value, &draft)
        } else if document.stringEquals(name, "delegate") {
            if let id = document.member(of: value, named: "id") { addDetail(.delegateID, document, id, &draft) }
            if let name = document.member(of: value, named: "name") { addDetail(.delegateName, document, name, &draft) }
        }
    }

    private static func addDetail(
        _ name: EventDetail.Name,
        _ document: borrowing JSONDocument,
        _ value: JSONNode,
        _ draft: inout Draft
    ) {
        if let text = document.string(value) { draft.details.append(EventDetail(name: name, text: text)) }
    }

    private static func readUser(
        _ document: borrowing JSONDocument,
        _ user: JSONNode,
        _ path: String,
        _ draft: inout Draft,
        _ faults: inout EventFaults
    ) {
        guard document.kind(user) == .object else {
            draft.hasSubject = true
            faults.add(path + ".user", "must be an object")
            return
        }
        var next = document.firstMember(of: user)
        while let name = next {
            let value = document.value(ofMember: name)
            next = document.member(after: name)
            guard !document.isNull(value) else { continue }
            if document.stringEquals(name, "organization_user_id") {
                draft.hasSubject = true
                draft.organizationUserID = subject(document, value, path, ".user.organization_user_id", &faults)
            } else if document.stringEquals(name, "id") {
                addDetail(.userID, document, value, &draft)
            } else if document.stringEquals(name, "country") {
                addDetail(.userCountry, document, value, &draft)
            } else if document.stringEquals(name, "last_seen_country") {
                addDetail(.userLastSeenCountry, document, value, &draft)
            }
        }
    }

    private static func subject(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        _ path: String,
        _ member: String,
        _ faults: inout EventFaults
    ) -> String? {
        text(document, node, path, member, bytesMax: ConsentEvent.organizationUserIDBytesMax, &faults)
    }

    /// A text of 1 to `bytesMax` bytes.
    ///
    /// Paths are joined only for a fault, since most events have none.
    private static func text(
        _ document: borrowing JSONDocument,
        _ node: JSONNode,
        _ path: String,
        _ member: String,
        bytesMax: Int,
        _ faults: inout EventFaults
    ) -> String? {
        guard let text = document.string(node) else {
            faults.add(path + member, "must be a string")
            return nil
        }
        guard (1...bytesMax).contains(text.utf8.count) else {
            faults.add(path + member, "must be of 1 to \(bytesMax) bytes")
            return nil
        }
        return text
    }
}
