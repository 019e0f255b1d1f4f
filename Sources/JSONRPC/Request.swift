package import JSON

/// The envelope of one call or notification; its parameters stay in the document it was read from.
package struct Request: Equatable, Sendable {
    /// The most bytes the name of a method may have, escapes resolved.
    package static let methodByteCountMax = 256

    /// The id to answer with; nil for a notification, which is never answered.
    package var id: RequestID?
    /// The name of the method.
    package var method: String
    /// An object or an array; nil where `params` is absent or null.
    package var params: JSONNode?
    /// The whole item.
    package var item: JSONNode
}

extension Request {
    /// What the members of an item are, before they are judged.
    private struct Envelope {
        var version: JSONNode?
        var id: JSONNode?
        var method: JSONNode?
        var params: JSONNode?
        var hasTwoIDs = false
    }

    /// Reads one item; allocates nothing for ids and methods of up to 15 bytes.
    static func parse(_ document: borrowing JSONDocument, _ item: JSONNode) -> Message.Item {
        guard document.kind(item) == .object else {
            return .invalid(InvalidRequest(id: .null, reason: .notAnObject))
        }
        let envelope = envelope(document, item)
        var id: RequestID?
        if let node = envelope.id, !envelope.hasTwoIDs {
            id = RequestID(document, node)
        }
        if let reason = fault(document, item, envelope, id) {
            return .invalid(InvalidRequest(id: id ?? .null, reason: reason))
        }
        let params = envelope.params.flatMap { document.isNull($0) ? nil : $0 }
        let method = envelope.method.flatMap { document.string($0) } ?? ""
        return .request(Request(id: id, method: method, params: params, item: item))
    }

    private static func envelope(_ document: borrowing JSONDocument, _ item: JSONNode) -> Envelope {
        var envelope = Envelope()
        var next = document.firstMember(of: item)
        while let name = next {
            let value = document.value(ofMember: name)
            if document.stringEquals(name, "id") {
                envelope.hasTwoIDs = envelope.id != nil
                envelope.id = value
            } else if document.stringEquals(name, "method") {
                envelope.method = value
            } else if document.stringEquals(name, "params") {
                envelope.params = value
            } else if document.stringEquals(name, "jsonrpc") {
                envelope.version = value
            }
            next = document.member(after: name)
        }
        return envelope
    }

    /// The first thing that is wrong with an item.
    private static func fault(
        _ document: borrowing JSONDocument,
        _ item: JSONNode,
        _ envelope: Envelope,
        _ id: RequestID?
    ) -> InvalidRequest.Reason? {
        if document.firstDuplicateMember(in: item) != nil { return .duplicateMember }
        guard let version = envelope.version, document.stringEquals(version, "2.0") else { return .wrongVersion }
        if let node = envelope.id, id == nil {
            return document.rawByteCount(node) > RequestID.byteCountMax && document.isScalar(node)
                ? .idTooLong : .invalidID
        }
        guard let method = envelope.method, let byteCount = document.stringByteCount(method) else {
            return .invalidMethod
        }
        guard byteCount <= methodByteCountMax else { return .methodTooLong }
        if let params = envelope.params, document.isScalar(params), !document.isNull(params) { return .invalidParams }
        return nil
    }
}
