package import JSON

extension ConsentClient {
    /// Publishes an event, given as JSON in any form that `publishConsent` takes.
    ///
    /// When it returns, the event is on the daemon's disk; with `.delivered` it has also left it.
    ///
    /// - Parameter configurationIDs: the configurations to deliver to; nil means all.
    public func publish(
        eventJSON: String,
        configurationIDs: [String]? = nil,
        waitFor: PublishGoal = .accepted,
        timeout: Duration? = nil
    ) async throws(ClientError) -> Publication {
        try await publish(
            event: Self.event(eventJSON),
            configurationIDs: configurationIDs,
            waitFor: waitFor,
            timeout: timeout
        )
    }

    /// Reads an event that a caller wrote.
    static func event(_ text: String) throws(ClientError) -> JSONValue {
        do {
            return try JSONValue.parse(text)
        } catch .syntax(let offset) {
            throw .invalidParameters(offset: offset)
        } catch {
            throw .invalidParameters(offset: 0)
        }
    }

    /// Publishes an event.
    package func publish(
        event: JSONValue,
        configurationIDs: [String]? = nil,
        waitFor: PublishGoal = .accepted,
        timeout: Duration? = nil,
        idempotencyKey: String? = nil
    ) async throws(ClientError) -> Publication {
        var params: JSONValue = ["event": event]
        if let idempotencyKey { params["_meta"] = ["idempotency_key": .string(idempotencyKey)] }
        params["configuration_ids"] = configurationIDs.map { .array($0.map(JSONValue.string)) }
        if waitFor == .delivered { params["wait_for"] = "delivered" }
        return try Publication(await call("publishConsent", params: params, timeout: timeout))
    }

    /// The deliveries of an event, of a person, or the one with an id.
    ///
    /// - Throws: `ClientError.rpc` with status `NOT_FOUND` for an id that the daemon does not know; an unknown person
    ///   has no deliveries.
    public func deliveries(of query: DeliveryQuery) async throws(ClientError) -> [DeliveryStatus] {
        try DeliveryStatus.list(in: await call("deliveryStatus", params: query.params))
    }

    /// Whether the daemon serves; for a configuration's name, whether its deliveries run.
    public func isServing(service: String = "") async throws(ClientError) -> Bool {
        let params: JSONValue? = service.isEmpty ? nil : ["service": .string(service)]
        return try await call("health.check", params: params)["status"]?.stringValue == "SERVING"
    }
}

/// How far a published event must have come before the answer.
public enum PublishGoal: String, CaseIterable, Sendable {
    /// It is on disk.
    case accepted
    /// Every delivery of it has come to an end.
    case delivered
}

/// Which deliveries are asked for.
public enum DeliveryQuery: Equatable, Sendable {
    /// The delivery with this id.
    case delivery(String)
    /// The deliveries of the event with this id.
    case event(String)
    /// The deliveries for a person, all or those to one configuration.
    case organizationUser(String, configurationID: String? = nil)

    /// The parameters of `deliveryStatus`.
    package var params: JSONValue {
        switch self {
        case .delivery(let id): ["delivery_id": .string(id)]
        case .event(let id): ["event_id": .string(id)]
        case .organizationUser(let id, let configurationID):
            configurationID.map { ["organization_user_id": .string(id), "configuration_id": .string($0)] }
                ?? ["organization_user_id": .string(id)]
        }
    }
}
