import JSON
import TestSupport
import Testing

// Many people at once.
extension Scene {
    /// Publishes in one batch and gives the results in order.
    func publish(_ all: [JSONValue]) async throws -> [JSONValue] {
        try await Self.batch("publishConsent", all, on: try daemon.publisher())
    }

    /// The ids of the only deliveries of these results.
    static func ids(of published: [JSONValue]) -> [JSONValue] {
        published.compactMap { $0["deliveries"]?[0]?["delivery_id"] }
    }

    /// Deliveries as they are now.
    func deliveries(_ ids: [JSONValue]) async throws -> [JSONValue] {
        let params = ids.map { id -> JSONValue in ["delivery_id": id] }
        let results = try await Self.batch("deliveryStatus", params, on: try daemon.publisher())
        return results.compactMap { $0["deliveries"]?[0] }
    }

    /// Deliveries once all of them are in one of the states.
    func deliveries(
        _ ids: [JSONValue],
        in states: Set<String>,
        within limit: Duration = Patience.standard
    ) async throws -> [JSONValue] {
        var last: [JSONValue] = []
        do {
            return try await Patience.value("\(ids.count) deliveries among \(states.sorted())", within: limit) {
                last = try await deliveries(ids)
                return last.allSatisfy { states.contains($0["state"]?.stringValue ?? "") } ? last : nil
            }
        } catch let error as TimedOut {
            let other = last.first { !states.contains($0["state"]?.stringValue ?? "") }
            throw TimedOut(what: "\(error.what), but \(other ?? .null)")
        }
    }

    /// A configuration that holds everything back until it is resumed, so that it goes out together.
    func configurePaused(_ changes: JSONValue = [:]) async throws -> JSONValue {
        try await update(try await configure(changes), ["paused": true])
    }

    static func batch(_ method: String, _ all: [JSONValue], on client: RawClient) async throws -> [JSONValue] {
        var results: [JSONValue] = []
        for start in stride(from: 0, to: all.count, by: 1_000) {
            let calls = all[start..<min(start + 1_000, all.count)].enumerated().map { place, params in
                RPCText.call(.int(place), method, params)
            }
            try await client.send("[\(calls.joined(separator: ","))]")
            for answer in try await client.answer().arrayValue ?? [] {
                guard let result = answer["result"] else {
                    throw CallFailed(method: method, error: answer["error"] ?? .null)
                }
                results.append(result)
            }
        }
        return results
    }
}

extension JSONValue {
    var state: String? { self["state"]?.stringValue }

    /// The milliseconds from the last attempt to the next one, as a delivery tells them.
    var gapMilliseconds: Int? {
        guard let next = self["next_attempt_at"]?.stringValue, let last = self["last_attempt"]?["at"]?.stringValue
        else {
            return nil
        }
        return Self.milliseconds(next).flatMap { end in Self.milliseconds(last).map { end - $0 } }
    }

    /// The milliseconds within a month of a moment in the one form that the daemon writes.
    static func milliseconds(_ text: String) -> Int? {
        // 2025-03-14T09:26:53.589Z
        let parts = text.split { !$0.isNumber }.compactMap { Int($0) }
        guard parts.count == 7 else { return nil }
        return (((parts[2] * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]) * 1_000 + parts[6]
    }
}
