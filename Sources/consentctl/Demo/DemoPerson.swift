import Consent

/// A person of the demo and what Salesforce holds of them before it starts.
struct DemoPerson: Hashable {
    var address: String
    var lastName: String
    var isLead: Bool
    var isContact: Bool
    /// What the checkbox for the newsletter says at first.
    var hadNewsletter: Bool

    /// People with the addresses that break careless programs: quotes, apostrophes, tags, other scripts.
    static func make(_ count: Int, using generator: inout SeededGenerator) -> [DemoPerson] {
        (0..<count).map { number in
            let name = names[generator.number(below: names.count)]
            let domain = domains[generator.number(below: domains.count)]
            let kind = generator.number(below: 100)
            return DemoPerson(
                address: local(name, number) + "@" + domain,
                lastName: name,
                isLead: kind < 75,
                isContact: (55..<85).contains(kind),
                hadNewsletter: generator.happens(percent: 30)
            )
        }
    }

    private static func local(_ name: String, _ number: Int) -> String {
        switch number % 9 {
        case 0: "\(name)+vip\(number)"
        case 1: "\"\(name) \(number)\"".replacing(" ", with: ".")
        case 2: "\"\(name)\\\"\(number)\""
        case 3: "\(name)'\(number)"
        case 4: "\(name)\\\(number)"
        case 5: "\(name)%\(number)_x"
        default: "\(name).\(number)"
        }
    }

    private static let names = [
        "o'neil", "zoë", "garcía", "müller", "d'arc", "żak", "иванов", "sørensen", "nguyễn", "camille", "lee", "山田",
        "ibrahim", "smith", "ağaoğlu",
    ]

    private static let domains = [
        "example.fr", "example.com", "bücher.example", "mail.example.org", "пример.example",
    ]
}
