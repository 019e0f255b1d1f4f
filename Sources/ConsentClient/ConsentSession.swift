import JSON

/// A connection that comes back: connects when it is needed, again after it broke, and repeats what is safe to repeat.
///
/// Publishing is safe to repeat, since every call carries an idempotency key of its own. One session serves a whole
/// process; calls made at once share its connection.
public actor ConsentSession {
    private let path: String
    private let schedule: RetrySchedule
    private var client: ConsentClient?

    /// Creates a session; nothing is connected before the first call.
    public init(path: String = ConsentClient.defaultPath(.publish), retrying schedule: RetrySchedule = RetrySchedule())
    {
        self.path = path
        self.schedule = schedule
    }

    /// Publishes an event, given as JSON in any form that `publishConsent` takes, and repeats until it is answered.
    ///
    /// When it returns, the event is on the daemon's disk, once.
    ///
    /// - Parameter deadline: how long to go on trying in all.
    /// - Throws: what went wrong last when the deadline has passed, or at once where a repeat cannot help. The event may
    ///   be on disk all the same after `closed` and `deadlineExceeded`.
    public func publish(
        eventJSON: String,
        configurationIDs: [String]? = nil,
        waitFor: PublishGoal = .accepted,
        deadline: Duration = .seconds(60)
    ) async throws(ClientError) -> Publication {
        let event = try ConsentClient.event(eventJSON)
        let key = Self.randomKey()
        return try await repeating(within: deadline) { client, left throws(ClientError) in
            try await client.publish(
                event: event,
                configurationIDs: configurationIDs,
                waitFor: waitFor,
                timeout: left,
                idempotencyKey: key
            )
        }
    }

    /// The deliveries of an event, of a person, or the one with an id.
    public func deliveries(
        of query: DeliveryQuery,
        deadline: Duration = .seconds(60)
    ) async throws(ClientError) -> [DeliveryStatus] {
        try await repeating(within: deadline) { client, _ throws(ClientError) in try await client.deliveries(of: query)
        }
    }

    /// Follows deliveries through restarts of the daemon, until all of them have ended or the body says enough.
    ///
    /// - Parameter body: takes each event and says whether to go on. A state may be told twice after a broken connection.
    public func follow(
        _ target: WatchTarget,
        deadline: Duration = .seconds(300),
        _ body: @Sendable (WatchEvent) async -> Bool
    ) async throws(ClientError) {
        try await repeating(within: deadline) { client, _ throws(ClientError) in
            for try await event in client.watch(target, untilTerminal: true) {
                guard await body(event) else { return }
            }
        }
    }

    /// Closes the connection; another call opens a new one.
    public func close() async {
        let old = client
        client = nil
        await old?.close()
    }

    private func repeating<Result: Sendable>(
        within limit: Duration,
        _ body: (ConsentClient, _ left: Duration) async throws(ClientError) -> Result
    ) async throws(ClientError) -> Result {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var failures = 0
        while true {
            do throws(ClientError) {
                let client = try await connected()
                return try await body(client, min(max(clock.now.duration(to: end), .milliseconds(1)), .seconds(300)))
            } catch {
                if error.endsConnection { client = nil }
                failures += 1
                let delay = schedule.delay(
                    afterFailures: failures,
                    floor: error.retryAfter,
                    chance: Double.random(in: 0...1)
                )
                guard error.isTransient, clock.now + delay < end else { throw error }
                do { try await clock.sleep(for: delay) } catch { throw .cancelled }
            }
        }
    }

    private func connected() async throws(ClientError) -> ConsentClient {
        if let client { return client }
        let new = try await ConsentClient.connect(to: path)
        // Another call may have connected meanwhile; one connection is enough.
        if let client {
            await new.close()
            return client
        }
        client = new
        return new
    }

    private static func randomKey() -> String {
        "\(String(UInt64.random(in: 0 ... .max), radix: 36))-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    }
}
