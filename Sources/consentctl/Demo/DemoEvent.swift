import JSON

/// A consent event of the platform, as the demo thought it up.
struct DemoEvent: Hashable {
    var id: String
    /// Milliseconds since 1970.
    var createdAt: Int64
    var person: Int
    var isPending = false
    var regulation = "gdpr"
    /// Purposes and whether they were allowed; nil is no choice.
    var purposes: [String: Bool?] = [:]
    /// Preferences and the ids that were chosen, none for a choice that is taken back.
    var preferences: [String: [String]] = [:]

    /// The whole event as the platform sends it.
    func json(for person: DemoPerson) -> JSONValue {
        var list: [JSONValue] = purposes.sorted { $0.key < $1.key }.map { id, enabled in
            ["id": .string(id), "enabled": enabled.map(JSONValue.bool) ?? .null, "metadata": ["reason": "user-toggle"]]
        }
        if !preferences.isEmpty {
            let values = preferences.sorted { $0.key < $1.key }.map { id, chosen in
                (id, ["value": .string(chosen.joined(separator: ","))] as JSONValue)
            }
            list.append(["id": "personalisation", "enabled": .null, "values": .object(JSONObject(values))])
        }
        let moment = JSONValue.string(Self.rfc3339(createdAt))
        return [
            "id": .string(id), "organization_id": "acme-retail", "created_at": moment, "updated_at": moment,
            "status": isPending ? "pending_approval" : "confirmed", "regulation": .string(regulation),
            "domain": "preferences.acme.example", "metadata": ["form": "newsletter-footer", "locale": "fr-FR"],
            "user": [
                "id": "a3722cd3-f2e4-4451-a564-83f5e8921449", "organization_user_id": .string(person.address),
                "country": "FR", "metadata": ["loyalty_tier": "gold"],
            ],
            "consents": [
                "channels": [["id": "email", "enabled": true], ["id": "sms", "enabled": .null]],
                "purposes": .array(list),
                "vendors": ["enabled": [], "disabled": [], "enabled_li": [], "disabled_li": []],
                "tcfcs": .null,
            ],
        ]
    }

    /// Days are counted from the start of a year without a leap day, which is all that the demo's dates need.
    private static func rfc3339(_ milliseconds: Int64) -> String {
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: count - text.count) + text
        }
        let lengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var day = (milliseconds - DemoEvents.yearStart) / 86_400_000
        var month: Int64 = 1
        for length in lengths where day >= length && month < 12 {
            day -= length
            month += 1
        }
        let rest = milliseconds % 86_400_000
        return "2025-\(digits(month, 2))-\(digits(day + 1, 2))T\(digits(rest / 3_600_000, 2)):"
            + "\(digits(rest / 60_000 % 60, 2)):\(digits(rest / 1_000 % 60, 2)).\(digits(rest % 1_000, 3))Z"
    }
}
