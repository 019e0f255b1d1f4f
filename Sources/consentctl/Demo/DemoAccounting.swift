import ConsentClient
import JSON

/// Holds what was acknowledged against what became of it.
struct DemoAccounting {
    private(set) var problems: [String] = []
    private(set) var states: [String: Int] = [:]
    private(set) var acknowledgedCount = 0
    private(set) var accountedCount = 0
    private var latencies: [Int64] = []

    /// - Parameter acknowledgements: oldest first, so that of several for one event the first one counts.
    init(
        acknowledgements: [DemoPublisher.Acknowledgement],
        deliveries: [DeliveryStatus],
        configurations: [String: String],
        expectation: DemoExpectation
    ) {
        var byID: [String: DeliveryStatus] = [:]
        for delivery in deliveries {
            if byID.updateValue(delivery, forKey: delivery.deliveryID) != nil {
                problems.append("delivery \(delivery.deliveryID) is listed twice")
            }
            let reason = delivery.state == "skipped" ? delivery.reason.map { " (\($0))" } ?? "" : ""
            states[delivery.state + reason, default: 0] += 1
        }
        var seen: Set<String> = []
        for acknowledgement in acknowledgements {
            let publication = acknowledgement.publication
            if publication.deliveries.count != configurations.count {
                problems.append("event \(publication.eventID) has \(publication.deliveries.count) deliveries")
            }
            for promised in publication.deliveries where seen.insert(promised.deliveryID).inserted {
                acknowledgedCount += 1
                guard let delivery = byID.removeValue(forKey: promised.deliveryID) else {
                    problems.append("delivery \(promised.deliveryID) was acknowledged and is unknown")
                    continue
                }
                accountedCount += 1
                check(delivery, configurations[delivery.configurationID] ?? "", expectation)
                note(delivery, acknowledgedAt: acknowledgement.at)
            }
        }
        for delivery in byID.values { problems.append("delivery \(delivery.deliveryID) was never acknowledged") }
    }

    private mutating func check(_ delivery: DeliveryStatus, _ sobject: String, _ expectation: DemoExpectation) {
        let words = "\(sobject) delivery \(delivery.deliveryID) is \(delivery.state) \(delivery.reason ?? "")"
        if !delivery.isTerminal || ["failed", "cancelled"].contains(delivery.state) { problems.append(words) }
        if let reason = expectation.skipReasons[sobject]?[delivery.eventID] {
            if delivery.state != "skipped" || delivery.reason != reason {
                problems.append(words + ", not skipped \(reason)")
            }
        } else if expectation.winners[sobject]?.contains(delivery.eventID) == true, delivery.state != "delivered" {
            problems.append(words + ", but its choice is the one that counts")
        }
    }

    private mutating func note(_ delivery: DeliveryStatus, acknowledgedAt: Int64) {
        guard delivery.state == "delivered", let text = delivery.value["updated_at"]?.stringValue,
            let at = Self.milliseconds(text)
        else { return }
        // Both clocks are this machine's; a delivery may be through before its own acknowledgement.
        latencies.append(max(0, (at - acknowledgedAt % 86_400_000 + 86_400_000 * 3 / 2) % 86_400_000 - 43_200_000))
    }

    /// The median and the 99th percentile of the time from acknowledgement to delivery.
    var latencyText: String {
        let sorted = latencies.sorted()
        guard let last = sorted.last else { return "-" }
        let high = sorted.dropFirst(sorted.count * 99 / 100).first ?? last
        return "median \(sorted[sorted.count / 2]) ms, 99th percentile \(high) ms"
    }

    /// The milliseconds of a day in `2026-03-14T09:26:53.589Z`; the day itself is not needed.
    private static func milliseconds(_ text: String) -> Int64? {
        guard let time = text.split(separator: "T").last?.dropLast() else { return nil }
        let parts = time.split { ":.".contains($0) }.compactMap { Int64($0) }
        guard parts.count == 4 else { return nil }
        return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000 + parts[3]
    }
}
