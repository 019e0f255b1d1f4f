import JSON

/// What the demo sets up in the daemon, and the ids that its events use.
enum DemoSetup {
    /// The id of the documented example.
    static let newsletter = "tFyHkpl"
    static let marketing = "marketing_emails"
    static let phone = "phone_solicitation"
    static let topics = "Kp3TnVq"
    static let frequency = "Zx81LqD"
    static let frequencies = ["daily", "weekly", "monthly", "never"]
    static let topicValues: [(id: String, label: String)] = [
        ("hJ3kQ2a", "news"), ("mN8pR4c", "offers"), ("Qw7eRt1", "events"), ("zX5cVb9", "research"),
    ]

    static let clientID = "simulator-client"
    static let clientSecret = "simulator-secret"

    /// A field that follows a choice, told a second time and independently of the daemon.
    struct Rule {
        var field: String
        var source: Source
        var isInverted = false

        enum Source {
            case purpose(String)
            case topics
            case frequency
        }
    }

    /// One kind of record and its fields.
    struct Target {
        var sobject: String
        var isCreated: Bool
        var rules: [Rule]
    }

    static let targets = [
        Target(
            sobject: "Lead",
            isCreated: true,
            rules: [
                Rule(field: "Newsletter__c", source: .purpose(newsletter)),
                Rule(field: "HasOptedOutOfEmail", source: .purpose(marketing), isInverted: true),
                Rule(field: "Phone_OptIn__c", source: .purpose(phone)),
                Rule(field: "Topics__c", source: .topics),
                Rule(field: "Frequency__c", source: .frequency),
            ]
        ),
        Target(
            sobject: "Contact",
            isCreated: false,
            rules: [
                Rule(field: "Newsletter__c", source: .purpose(newsletter)),
                Rule(field: "DoNotCall", source: .purpose(phone), isInverted: true),
            ]
        ),
    ]

    /// The configuration of a target, in the shape of the platform's documented example.
    static func configuration(_ target: Target, url: String) -> JSONValue {
        [
            "type_id": "sf-sales-cloud",
            "name": .string(target.sobject.lowercased() + "s"),
            "authentication": [
                "url": .string(url), "client_id": .string(clientID), "client_secret": .string(clientSecret),
            ],
            "properties": ["sobject": [.string(target.sobject)]],
            "mappings": .array(target.rules.map(mapping)),
            "upsert_mode": .bool(target.isCreated),
        ]
    }

    private static func mapping(_ rule: Rule) -> JSONValue {
        var mapping: JSONValue = ["id": .string(rule.field)]
        switch rule.source {
        case .purpose(let id):
            mapping["value"] = .string(id)
            mapping["type"] = id == newsletter ? "pmp-widget-id" : "purpose-id"
        case .topics:
            mapping["value"] = .string(topics)
            mapping["type"] = "preference-id"
            mapping["values"] = .object(JSONObject(topicValues.map { ($0.id, .string($0.label)) }))
        case .frequency:
            mapping["value"] = .string(frequency)
            mapping["type"] = "preference-id"
        }
        if rule.isInverted { mapping["invert"] = true }
        return mapping
    }
}
