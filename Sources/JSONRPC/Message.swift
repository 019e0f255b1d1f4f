package import JSON

/// What one JSON text on a connection asks for.
package enum Message: Equatable, Sendable {
    /// The most items a batch may have.
    package static let itemCountMax = 1000

    /// One item of a message.
    package enum Item: Equatable, Sendable {
        /// To be carried out and, unless it is a notification, answered.
        case request(Request)
        /// To be answered with its error.
        case invalid(InvalidRequest)
    }

    /// Answered by one object, or not at all.
    case single(Item)
    /// Answered by one array of the answers in the order of the items; by nothing where no item is answered.
    case batch([Item])

    /// Reads a text that the scanner has found; allocates nothing for a single request with short id and method.
    package static func parse(_ document: borrowing JSONDocument) -> Message {
        let root = document.root
        guard document.kind(root) == .array else { return .single(Request.parse(document, root)) }
        guard let first = document.firstElement(of: root) else {
            return .single(.invalid(InvalidRequest(id: .null, reason: .emptyBatch)))
        }
        var items: [Item] = []
        var next: JSONNode? = first
        while let node = next {
            guard items.count < itemCountMax else {
                let id = firstCallID(items) ?? firstCallID(document, from: node) ?? .null
                return .batch([.invalid(InvalidRequest(id: id, reason: .batchTooLarge))])
            }
            items.append(Request.parse(document, node))
            next = document.element(after: node)
        }
        return .batch(items)
    }

    private static func firstCallID(_ items: [Item]) -> RequestID? {
        for case .request(let request) in items {
            if let id = request.id { return id }
        }
        return nil
    }

    private static func firstCallID(_ document: borrowing JSONDocument, from first: JSONNode) -> RequestID? {
        var next: JSONNode? = first
        while let node = next {
            if let id = firstCallID([Request.parse(document, node)]) { return id }
            next = document.element(after: node)
        }
        return nil
    }
}
