package import Consent

/// What a status question is about.
package enum StatusSubject: Hashable, Sendable {
    case delivery(DeliveryID)
    case event(SequenceNumber)
    case person(String, configuration: ConfigurationID?)
}

/// The answer to a status question.
package struct DeliveryStatusResult: Sendable {
    package var deliveries: [Delivery]
    /// The newest record there was; to be passed on as `after_seq`.
    package var sequenceNumber: SequenceNumber
}

/// Who waits for an event's deliveries to end, or for something newer.
struct Waiters {
    private var publishes: [SequenceNumber: [WaitingPublish]] = [:]
    private var polls: [WaitID: Poll] = [:]
    var watches: [WaitID: OpenWatch] = [:]
    var healthWatches: [WaitID: HealthWatch] = [:]

    /// How many deliveries a watch is handed at once.
    static let watchBatchMax = 64

    struct OpenWatch {
        var watch: DeliveryWatch
        /// Whether its last batch is still on its way.
        var isBusy = false
        var deliver: @Sendable (WatchBatch) -> Void
    }

    struct HealthWatch {
        var service: String
        var last: ServiceHealth?
        var isBusy = false
        var deliver: @Sendable (ServiceHealth?) -> Void
    }

    struct WaitingPublish {
        var publish: PublishCall
        var event: SequenceNumber
        var isReplayed: Bool
    }

    /// Names one wait of one connection.
    struct WaitID: Hashable {
        var connection: ObjectIdentifier
        var token: UInt64
    }

    struct Poll {
        var subject: StatusSubject
        var after: SequenceNumber
        var answer: @Sendable (DeliveryStatusResult, StoreError?) -> Void
    }

    var isEmpty: Bool { publishes.isEmpty && polls.isEmpty && !hasWatches }
    var hasWatches: Bool { !watches.isEmpty || !healthWatches.isEmpty }

    mutating func add(_ call: PublishCall, event: SequenceNumber, isReplayed: Bool) {
        publishes[event, default: []].append(
            WaitingPublish(publish: call, event: event, isReplayed: isReplayed)
        )
    }

    mutating func add(_ poll: Poll, id: WaitID) {
        polls[id] = poll
    }

    mutating func removePoll(_ id: WaitID) -> Poll? {
        polls.removeValue(forKey: id)
    }

    /// Takes a publish out that nobody waits for any longer; false when it was answered already.
    mutating func removePublish(_ id: WaitID) -> Bool {
        for (event, waiting) in publishes {
            let kept = waiting.filter {
                ObjectIdentifier($0.publish.receiver) != id.connection || $0.publish.token != id.token
            }
            guard kept.count < waiting.count else { continue }
            publishes[event] = kept.isEmpty ? nil : kept
            return true
        }
        return false
    }

    mutating func removeAll(of connection: ObjectIdentifier) {
        polls = polls.filter { $0.key.connection != connection }
        watches = watches.filter { $0.key.connection != connection }
        healthWatches = healthWatches.filter { $0.key.connection != connection }
        for (event, waiting) in publishes {
            let kept = waiting.filter { ObjectIdentifier($0.publish.receiver) != connection }
            if kept.count < waiting.count { publishes[event] = kept.isEmpty ? nil : kept }
        }
    }

    mutating func takeFinished(among events: [SequenceNumber], in state: ConsentState) -> [WaitingPublish] {
        guard !publishes.isEmpty else { return [] }
        var finished: [WaitingPublish] = []
        for event in events where publishes[event] != nil && state.events[event]?.isTerminal != false {
            finished += publishes.removeValue(forKey: event) ?? []
        }
        return finished
    }

    mutating func takeAnswered(in state: ConsentState) -> [Poll] {
        guard !polls.isEmpty else { return [] }
        let answered = polls.filter { state.hasNews(for: $0.value.subject, after: $0.value.after) }
        for id in answered.keys { polls[id] = nil }
        return Array(answered.values)
    }

    mutating func takePolls(where isWanted: (StatusSubject) -> Bool) -> [Poll] {
        let wanted = polls.filter { isWanted($0.value.subject) }
        for id in wanted.keys { polls[id] = nil }
        return Array(wanted.values)
    }

    /// Forgets one wait without a word.
    mutating func remove(_ id: WaitID) {
        polls[id] = nil
        watches[id] = nil
        healthWatches[id] = nil
        _ = removePublish(id)
    }

    /// Ends waits with an answer: those of a connection, or all.
    mutating func end(of connection: ObjectIdentifier? = nil, for error: StoreError, in state: ConsentState) {
        var ended = self
        if let connection {
            ended.keepOnly(connection)
            removeAll(of: connection)
        } else {
            self = Waiters()
        }
        for waiting in ended.publishes.values.joined() {
            waiting.publish.receiver.published(waiting.publish, .failure(error))
            waiting.publish.receiver.publishesCompleted()
        }
        for poll in ended.polls.values {
            poll.answer(DeliveryStatusResult(deliveries: [], sequenceNumber: SequenceNumber(0)), error)
        }
        for open in ended.watches.values {
            open.deliver(WatchBatch(end: .shutdown(open.watch.lastSequenceNumber(in: state))))
        }
        for open in ended.healthWatches.values { open.deliver(nil) }
    }

    private mutating func keepOnly(_ connection: ObjectIdentifier) {
        polls = polls.filter { $0.key.connection == connection }
        watches = watches.filter { $0.key.connection == connection }
        healthWatches = healthWatches.filter { $0.key.connection == connection }
        publishes = publishes.mapValues { $0.filter { ObjectIdentifier($0.publish.receiver) == connection } }
    }
}

extension ConsentState {
    func status(of subject: StatusSubject) -> DeliveryStatusResult {
        let deliveries: [Delivery] =
            switch subject {
            case .delivery(let id): delivery(id).map { [$0] } ?? []
            case .event(let event): self.deliveries(of: event) ?? []
            case .person(let id, let configuration): self.deliveries(of: id, configuration: configuration)
            }
        return DeliveryStatusResult(deliveries: deliveries, sequenceNumber: newest)
    }

    func hasNews(for subject: StatusSubject, after sequenceNumber: SequenceNumber) -> Bool {
        status(of: subject).deliveries.contains { $0.sequenceNumber > sequenceNumber }
    }
}
