import JSON

/// Deliveries as they are and as they change, without a gap.
///
/// It ends after the last delivery has ended where that was asked for, and throws otherwise: `closed` when the daemon
/// stops or the connection breaks, after which another watch with `after` goes on from the last sequence number.
public struct DeliveryWatch: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = WatchEvent
    /// What it throws.
    public typealias Failure = ClientError

    private let client: ConsentClient
    private let params: JSONValue

    init(client: ConsentClient, params: JSONValue) {
        self.client = client
        self.params = params
    }

    /// Starts watching; ending the task or dropping the iterator ends it on the daemon's side too.
    public func makeAsyncIterator() -> Iterator {
        let stream = client.stream("watchDeliveries", params: params) { result in
            result["reason"] == "terminal" ? nil : .closed
        }
        return Iterator(client: client, events: stream.makeAsyncIterator())
    }

    /// Gives one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        /// Keeps the connection for as long as it is read.
        private let client: ConsentClient
        private var events: AsyncThrowingStream<JSONValue, any Error>.Iterator

        init(client: ConsentClient, events: AsyncThrowingStream<JSONValue, any Error>.Iterator) {
            self.client = client
            self.events = events
        }

        /// The next event; nil after the last one.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> WatchEvent? {
            do {
                guard let params = try await events.next(isolation: actor) else {
                    if Task.isCancelled { throw ClientError.cancelled }
                    return nil
                }
                return try WatchEvent(params)
            } catch let error as ClientError {
                throw error
            } catch {
                throw .closed
            }
        }

        /// The next event; nil after the last one.
        public mutating func next() async throws(ClientError) -> WatchEvent? {
            try await next(isolation: #isolation)
        }
    }
}

/// One event of a watch.
public struct WatchEvent: Equatable, Sendable {
    /// Why it was sent.
    public var kind: Kind
    /// The journal's number of the change; a watch with `after` this number goes on behind it.
    public var sequenceNumber: UInt64
    /// The delivery as it is now; nil in a heartbeat.
    public var delivery: DeliveryStatus?

    /// Why an event was sent.
    public enum Kind: String, Sendable {
        /// So it was when the watch began.
        case snapshot
        /// So it has become.
        case changed
        /// Nothing has happened.
        case heartbeat
    }

    /// Reads the parameters of a `watch.event`.
    init(_ params: JSONValue) throws(ClientError) {
        guard let kind = params["type"]?.stringValue.flatMap(Kind.init(rawValue:)),
            let number = params["seq"]?.intValue.flatMap(UInt64.init(exactly:))
        else { throw .protocolViolation("an event of a watch has no type or seq") }
        self.kind = kind
        sequenceNumber = number
        if let delivery = params["delivery"] { self.delivery = try DeliveryStatus(delivery) }
    }
}

/// Which deliveries are watched; without an id it takes the admin socket.
public enum WatchTarget: Equatable, Sendable {
    /// The delivery with this id.
    case delivery(String)
    /// The deliveries of the event with this id.
    case event(String)
    /// All deliveries to the configuration with this id.
    case configuration(String)
    /// Everything.
    case all

    fileprivate var params: JSONValue {
        switch self {
        case .delivery(let id): ["delivery_id": .string(id)]
        case .event(let id): ["event_id": .string(id)]
        case .configuration(let id): ["configuration_id": .string(id)]
        case .all: [:]
        }
    }
}

extension ConsentClient {
    /// Watches deliveries.
    ///
    /// - Parameters:
    ///   - after: only what is newer than this sequence number.
    ///   - untilTerminal: end once every watched delivery has ended.
    ///   - heartbeat: how often to send an event though nothing happens; nil for never.
    public func watch(
        _ target: WatchTarget,
        after: UInt64? = nil,
        untilTerminal: Bool = false,
        heartbeat: Duration? = nil
    ) -> DeliveryWatch {
        var params = target.params
        params["after_seq"] = after.map { .int(Int($0)) }
        if untilTerminal { params["until_terminal"] = true }
        params["heartbeat_ms"] = heartbeat.map { .int(Int($0 / .milliseconds(1))) }
        return DeliveryWatch(client: self, params: params)
    }
}
