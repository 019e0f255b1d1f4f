import Consent
import Testing

@Suite struct MappingTests {
    static func event(_ choices: SourceChoice...) -> ConsentEvent {
        ConsentEvent(id: "e", createdAt: nil, organizationUserID: "ada@example.com", choices: choices)
    }

    static func purpose(_ id: String, _ choice: Choice) -> SourceChoice {
        SourceChoice(source: .purpose, id: id, choice: choice)
    }

    static func preference(_ id: String, _ choice: Choice) -> SourceChoice {
        SourceChoice(source: .preference, id: id, choice: choice)
    }

    // MARK: One place after the other

    @Test func widgetIDIsAPurposeBeforeAPreferenceBeforeAValue() {
        let mapping = Mapping(field: "F__c", value: "x")
        let purpose = Self.purpose("x", .denied)
        let preference = Self.preference("x", .text("en"))
        let value = Self.preference("topics", .list(["x", "y"]))
        #expect(mapping.choice(in: Self.event(value, preference, purpose)) == .denied)
        #expect(mapping.choice(in: Self.event(value, preference)) == .text("en"))
        #expect(mapping.choice(in: Self.event(value)) == .granted)
        #expect(mapping.choice(in: Self.event(Self.purpose("other", .granted))) == nil)
    }

    @Test func purposeIDLooksAtPurposesOnly() {
        let mapping = Mapping(field: "F__c", value: "x", type: .purposeID)
        #expect(mapping.choice(in: Self.event(Self.purpose("x", .granted))) == .granted)
        #expect(mapping.choice(in: Self.event(Self.preference("x", .granted))) == nil)
        #expect(mapping.choice(in: Self.event(Self.preference("topics", .text("x")))) == nil)
        #expect(mapping.choice(in: Self.event(SourceChoice(source: .channel, id: "x", choice: .granted))) == nil)
    }

    @Test func preferenceIDLooksAtPreferencesOnly() {
        let mapping = Mapping(field: "F__c", value: "x", type: .preferenceID)
        #expect(mapping.choice(in: Self.event(Self.preference("x", .text("en")))) == .text("en"))
        #expect(mapping.choice(in: Self.event(Self.purpose("x", .granted))) == nil)
        #expect(mapping.choice(in: Self.event(Self.preference("topics", .text("x")))) == nil)
    }

    @Test func channelIDLooksAtChannelsOnly() {
        let mapping = Mapping(field: "F__c", value: "email", type: .channelID)
        #expect(mapping.choice(in: Self.event(SourceChoice(source: .channel, id: "email", choice: .denied))) == .denied)
        #expect(mapping.choice(in: Self.event(Self.purpose("email", .granted))) == nil)
        #expect(
            Mapping(field: "F__c", value: "email").choice(
                in: Self.event(SourceChoice(source: .channel, id: "email", choice: .denied))
            ) == nil
        )
    }

    @Test func membersOfTheShortFormAreBothPurposeAndPreference() {
        let event = Self.event(SourceChoice(source: .purposeOrPreference, id: "x", choice: .granted))
        for type in [MappingType.widgetID, .purposeID, .preferenceID] {
            #expect(Mapping(field: "F__c", value: "x", type: type).choice(in: event) == .granted)
        }
        #expect(Mapping(field: "F__c", value: "x", type: .channelID).choice(in: event) == nil)
    }

    @Test func idsAreOpaqueAndCaseSensitive() {
        let event = Self.event(Self.purpose("Newsletter", .granted), Self.preference("p", .text("Daily")))
        #expect(Mapping(field: "F__c", value: "newsletter").choice(in: event) == nil)
        #expect(Mapping(field: "F__c", value: "Newsletter ").choice(in: event) == nil)
        #expect(Mapping(field: "F__c", value: "daily").choice(in: event) == nil)
        #expect(Mapping(field: "F__c", value: "Daily").choice(in: event) == .granted)
    }

    // MARK: Value ids

    @Test func aValueIDWithoutItsPreferenceCanOnlyBecomeTrue() {
        let mapping = Mapping(field: "F__c", value: "daily")
        #expect(mapping.choice(in: Self.event(Self.preference("p", .list(["weekly", "daily"])))) == .granted)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .text("daily")))) == .granted)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .text("weekly")))) == nil)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .cleared))) == nil)
    }

    @Test func aValueIDWithItsPreferenceIsFalseWhereThatIsCarriedWithoutIt() {
        let mapping = Mapping(field: "F__c", value: "daily", preference: "p")
        #expect(mapping.choice(in: Self.event(Self.preference("p", .text("daily")))) == .granted)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .text("weekly")))) == .denied)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .list(["weekly", "monthly"])))) == .denied)
        #expect(mapping.choice(in: Self.event(Self.preference("p", .cleared))) == .denied)
        #expect(mapping.choice(in: Self.event(Self.preference("q", .text("daily")))) == nil)
    }

    // MARK: What is no choice

    @Test func anEmptyEventSaysNothing() {
        for type in MappingType.allCases {
            #expect(Mapping(field: "F__c", value: "id", type: type).choice(in: Self.event()) == nil)
        }
    }

    @Test func constantsAndEventFieldsAreCompanionsAndNoChoices() {
        let event = ConsentEvent(
            id: "e",
            createdAt: Timestamp(milliseconds: 0),
            status: .confirmed,
            regulation: "ccpa",
            organizationUserID: "ada@example.com",
            choices: [],
            details: [EventDetail(name: .userCountry, text: "NO")]
        )
        func companion(_ value: String, _ type: MappingType = .eventField) -> Choice? {
            let mapping = Mapping(field: "F__c", value: value, type: type)
            #expect(mapping.choice(in: event) == nil || type == .widgetID)
            return mapping.companion(in: event, id: "evt_1", createdAt: Timestamp(milliseconds: 1))
        }
        #expect(companion("web form", .constant) == .text("web form"))
        #expect(companion("id") == .text("evt_1"))
        #expect(companion("created_at") == .text("1970-01-01T00:00:00.001Z"))
        #expect(companion("regulation") == .text("ccpa"))
        #expect(companion("status") == .text("confirmed"))
        #expect(companion("organization_user_id") == .text("ada@example.com"))
        #expect(companion("user.organization_user_id") == .text("ada@example.com"))
        #expect(companion("user.country") == .text("NO"))
        #expect(companion("domain") == nil)
        #expect(companion("anything", .widgetID) == nil)
    }

    @Test(arguments: EventDetail.Name.allCases)
    func everyDetailCanBeNamedByAMapping(name: EventDetail.Name) {
        #expect(Mapping.eventFieldNames.contains(name.rawValue))
    }

    // MARK: Opaque ids

    @Test func idsAreComparedByTheirBytes() {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        for source in [SourceChoice.Source.purpose, .preference, .channel] {
            let event = Self.event(SourceChoice(source: source, id: decomposed, choice: .granted))
            for type in [MappingType.widgetID, .purposeID, .preferenceID, .channelID] {
                #expect(Mapping(field: "F__c", value: composed, type: type).choice(in: event) == nil)
            }
        }
        let value = Self.event(Self.preference("topics", .list([decomposed, "x"])))
        #expect(Mapping(field: "F__c", value: composed).choice(in: value) == nil)
        #expect(Mapping(field: "F__c", value: decomposed).choice(in: value) == .granted)
        let single = Self.event(Self.preference(decomposed, .text(decomposed)))
        #expect(Mapping(field: "F__c", value: composed, preference: decomposed).choice(in: single) == .denied)
        #expect(Mapping(field: "F__c", value: "x", preference: composed).choice(in: single) == nil)
    }

    @Test func bytesAndTheirHashTellTextsApart() {
        let long = String(repeating: "x", count: 40)
        let texts = ["", "a", "\u{e9}", "e\u{301}", "q\u{307}\u{323}", "q\u{323}\u{307}", long, long + "\u{e9}"]
        for (place, text) in texts.enumerated() {
            for (otherPlace, other) in texts.enumerated() {
                #expect(text.hasSameBytes(as: other) == (place == otherPlace))
                #expect((text.byteHash == other.byteHash) == (place == otherPlace))
            }
        }
        let shorter = String(long.dropLast())
        #expect(long.hasSameBytes(as: shorter + "x") && !long.hasSameBytes(as: shorter + "y"))
    }
}
