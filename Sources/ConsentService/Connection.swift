import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC
import NIOCore
import Synchronization

/// The side of a connection that answers: thread-safe, and it outlives the channel if a call does.
///
/// Answers gather here from whatever thread has them, and leave in one write for all that came together.
final class Connection: PublishReceiver {
    let peer: PeerCredentials
    let role: SocketRole
    private let channel: any Channel
    private let auditsPublishes: Bool
    private let onFault: @Sendable (_ logID: String, _ fault: String) -> Void
    private let outgoing = Mutex(Outgoing())
    /// Sends what has gathered; runs on the channel's event loop.
    private let flush: @Sendable (Connection) -> Void

    fileprivate struct Outgoing {
        var writer = JSONWriter()
        var isFlushScheduled = false
        var answeredCalls = 0
        var syncedBytes = 0
        var endedSlowCalls = 0
        var endedQuickCalls = 0
        /// All calls under way but the publishes that only wait for the disk and name no time, which bear their own id.
        var calls: [UInt64: OpenCall] = [:]
        var nextToken: UInt64 = 1
        /// Watches whose notifications have gathered.
        var streamed: Set<UInt64> = []
        var audits: [AuditEntry] = []
        /// Answers of publishes that go out as a line of their own, to be written on the event loop: the store's
        /// thread has more to do than any other.
        var published: [Published] = []
    }

    /// What became of a publish.
    struct Published {
        var call: PublishCall
        var result: Result<PublishResult, StoreError>
    }

    /// What has gathered since the last time.
    struct Drained {
        var bytes: [UInt8]
        var answeredCalls: Int
        var syncedBytes: Int
        var endedSlowCalls: Int
        /// Those that held bytes while they were with the store.
        var endedQuickCalls: Int
        /// Watches that may go on once this has been taken.
        var streamed: Set<UInt64>
        var audits: [AuditEntry]
        var published: [Published]
    }

    init(
        peer: PeerCredentials,
        role: SocketRole,
        channel: any Channel,
        auditsPublishes: Bool,
        onFault: @escaping @Sendable (_ logID: String, _ fault: String) -> Void,
        flush: @escaping @Sendable (Connection) -> Void
    ) {
        self.peer = peer
        self.role = role
        self.channel = channel
        self.auditsPublishes = auditsPublishes
        self.onFault = onFault
        self.flush = flush
    }

    var id: ObjectIdentifier { ObjectIdentifier(self) }

    /// Keeps a call and gives the number that stands for it.
    func register(_ call: OpenCall) -> UInt64 {
        outgoing.withLock { outgoing in
            let token = outgoing.nextToken
            outgoing.nextToken += 1
            outgoing.calls[token] = call
            return token
        }
    }

    /// Whether the call that the number stands for is still unanswered.
    func isOpen(_ token: UInt64) -> Bool {
        outgoing.withLock { $0.calls[token] != nil }
    }

    /// Answers the quick calls whose time is over, and gives the next moment at which another's will be.
    ///
    /// What was asked for may still be done; its result is dropped.
    func expireQuickCalls(at now: NIODeadline) -> NIODeadline? {
        outgoing.withLock { outgoing in
            let deadlines = outgoing.calls.compactMapValues(\.deadline)
            for (token, deadline) in deadlines where deadline <= now {
                outgoing.answer(token, .failure(.deadlineExceeded))
            }
            return deadlines.values.filter { $0 > now }.min()
        }
    }

    /// Forgets all calls: there is nobody left to answer.
    func abandon() {
        outgoing.withLock { outgoing in
            for call in outgoing.calls.values { call.meter.ended(.cancelled, readAt: call.readAt) }
            outgoing.calls = [:]
        }
    }

    /// The id of the call that the number stands for, unless it was answered or has none.
    func requestID(of token: UInt64) -> RequestID? {
        outgoing.withLock { outgoing in
            switch outgoing.calls[token]?.target {
            case .single(let id): id
            case .batch(_, _, let id): id
            case .nowhere, nil: nil
            }
        }
    }

    /// Adds notifications of a watch; none once it was answered.
    func notify(token: UInt64, _ method: String, _ params: (RequestID) -> [any JSONEncodable & Sendable]) {
        outgoing.withLock { outgoing in
            guard case .single(let id) = outgoing.calls[token]?.target else { return }
            for params in params(id) {
                Response.writeNotification(method: method, params: params, to: &outgoing.writer)
                outgoing.writer.newline()
            }
            outgoing.streamed.insert(token)
        }
    }

    /// Any error that a handler can throw; one that nobody thought of is told to the log, under the id that the caller gets.
    func errorObject(_ error: any Error) -> ErrorObject {
        switch error {
        case let error as ErrorObject: return error
        case let error as StoreError: return ErrorObject(error)
        default:
            let logID = String(UInt64.random(in: .min ... .max), radix: 16)
            // What the error holds may name a person.
            onFault(logID, "\(type(of: error))")
            return .internalError(logID: logID)
        }
    }

    /// Keeps what a wait is answered at the end of its time where the store cannot be asked.
    func keep(token: UInt64, _ plainResult: any JSONEncodable & Sendable) {
        outgoing.withLock { $0.calls[token]?.plainResult = plainResult }
    }

    /// Answers a wait whose time is over without the store.
    func expire(token: UInt64) {
        outgoing.withLock { outgoing in
            let plain = outgoing.calls[token]?.plainResult
            outgoing.answer(token, plain.map { .success($0) } ?? .failure(.deadlineExceeded))
        }
    }

    /// Answers at once, and gives the number of bytes that have gathered.
    func answer(_ target: ReplyTarget, _ result: Result<any JSONEncodable & Sendable, ErrorObject>) -> Int {
        outgoing.withLock { outgoing in
            outgoing.write(target, result)
            return outgoing.writer.count
        }
    }

    /// Answers the call that the number stands for; later answers to it are dropped.
    func answer(token: UInt64, _ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
        outgoing.withLock { $0.answer(token, result) }
    }

    func synced(_ call: PublishCall) {
        outgoing.withLock { $0.syncedBytes += call.byteCount }
    }

    func published(_ call: PublishCall, _ result: Result<PublishResult, StoreError>) {
        outgoing.withLock { outgoing in
            // What waits for delivery counts no longer once it is synced.
            if !call.waitsForDelivery { outgoing.syncedBytes += call.byteCount }
            if call.token == 0 {
                outgoing.published.append(Published(call: call, result: result))
                return
            }
            if auditsPublishes {
                let traceparent = outgoing.calls[call.token]?.traceparent
                outgoing.audits.append(AuditEntry(publishedBy: peer, on: role, traceparent: traceparent, result))
            }
            outgoing.answer(call.token, result.map { PublishAnswer(result: $0) }.mapError { ErrorObject($0) })
        }
    }

    /// Adds to what is told once the answers that have gathered are sent.
    func audit(_ entry: AuditEntry) {
        outgoing.withLock { $0.audits.append(entry) }
    }

    func publishesCompleted() {
        scheduleFlush()
    }

    /// Sends what has gathered, soon and once.
    func scheduleFlush() {
        let mustSchedule = outgoing.withLock { outgoing in
            defer { outgoing.isFlushScheduled = true }
            return !outgoing.isFlushScheduled
        }
        guard mustSchedule else { return }
        channel.eventLoop.execute { self.flush(self) }
    }

    /// Takes what has gathered.
    func drain() -> Drained {
        outgoing.withLock { outgoing in
            defer {
                outgoing.isFlushScheduled = false
                outgoing.answeredCalls = 0
                outgoing.syncedBytes = 0
                outgoing.endedSlowCalls = 0
                outgoing.endedQuickCalls = 0
                outgoing.streamed = []
                outgoing.audits = []
                outgoing.published = []
            }
            return Drained(
                bytes: outgoing.writer.take(),
                answeredCalls: outgoing.answeredCalls,
                syncedBytes: outgoing.syncedBytes,
                endedSlowCalls: outgoing.endedSlowCalls,
                endedQuickCalls: outgoing.endedQuickCalls,
                streamed: outgoing.streamed,
                audits: outgoing.audits,
                published: outgoing.published
            )
        }
    }
}

extension Connection.Outgoing {
    mutating func answer(_ token: UInt64, _ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
        guard let call = calls.removeValue(forKey: token) else { return }
        call.meter.ended(result.status, readAt: call.readAt)
        if call.isSlow { endedSlowCalls += 1 }
        if call.heldBytes > 0 { endedQuickCalls += 1 }
        syncedBytes += call.heldBytes
        write(call.target, result)
    }

    mutating func write(
        _ target: ReplyTarget,
        _ result: Result<any JSONEncodable & Sendable, ErrorObject>
    ) {
        switch target {
        case .nowhere: answeredCalls += 1
        case .single(let id):
            answeredCalls += 1
            writer.answer(id, result)
            writer.newline()
        case .batch(let batch, let index, let id):
            var item = JSONWriter()
            if let id {
                item.answer(id, result)
                if case .success = result, !batch.takesResult(item.count) {
                    item = JSONWriter()
                    item.answer(id, .failure(.batchAnswerTooLarge(batch.resultBytesMax)))
                }
            }
            switch batch.answer(index, id == nil ? nil : item.take()) {
            case .incomplete: return
            case .silent: answeredCalls += 1
            case .complete(let bytes):
                answeredCalls += 1
                writer.raw(bytes)
                writer.newline()
            }
        }
    }
}

extension Result where Success == any JSONEncodable & Sendable, Failure == ErrorObject {
    /// What came of a call.
    var status: RPCStatus {
        switch self {
        case .success: .ok
        case .failure(let error): error.status
        }
    }
}

extension JSONWriter {
    fileprivate mutating func answer(
        _ id: RequestID,
        _ result: Result<any JSONEncodable & Sendable, ErrorObject>
    ) {
        switch result {
        case .success(let value): Response.writeResult(id: id, value, to: &self)
        case .failure(let error): Response.writeError(id: id, error, to: &self)
        }
    }
}

extension Connection.Published {
    var status: RPCStatus {
        switch result {
        case .success: .ok
        case .failure(let error): ErrorObject(error).status
        }
    }

    /// Writes the answer as a line of its own.
    func write(to writer: inout JSONWriter) {
        let id = RequestID(echoing: call.correlation)
        switch result {
        case .success(let result): Response.writeResult(id: id, PublishAnswer(result: result), to: &writer)
        case .failure(let error): Response.writeError(id: id, ErrorObject(error), to: &writer)
        }
        writer.newline()
    }
}

/// The answer to a publish.
struct PublishAnswer: JSONEncodable, Sendable {
    var result: PublishResult

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("event_id", result.eventID)
        writer.member("seq", result.sequenceNumber.rawValue)
        writer.member("replayed", result.isReplayed)
        writer.key(plain: "deliveries")
        writer.beginArray()
        for delivery in result.deliveries { delivery.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }
}
