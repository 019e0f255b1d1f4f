import JSONRPC

/// Where a call's answer goes: its own line, a place in a batch's array, or nowhere.
enum ReplyTarget: Sendable {
    case single(RequestID)
    case batch(BatchReply, index: Int, RequestID?)
    case nowhere

    var isInBatch: Bool {
        if case .batch = self { return true }
        return false
    }

    /// Whether nobody will see an answer.
    var isNowhere: Bool {
        switch self {
        case .nowhere: true
        case .single: false
        case .batch(_, _, let id): id == nil
        }
    }
}
