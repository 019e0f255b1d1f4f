import Consent
import Testing

@testable import ConsentStore

/// What a change of a configuration means for what is under way.
@Suite struct ConfigurationFoldTests {
    static let held = ConfigurationCondition.held(
        reason: "INVALID_CLIENT",
        message: "check client_secret",
        probeAt: start + .seconds(60),
        .test(400)
    )

    // MARK: Paused and held

    @Test func aPausedConfigurationHoldsItsDeliveries() throws {
        var fold = try Fold(.test())
        let before = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let paused = try fold.apply(.configurationStored(.test(isPaused: true), key: nil))
        let after = try fold.publish(.test("b", at: 2, ["calls": .granted]))
        for event in [before, after] {
            #expect(try fold.delivery(event).state == .held)
            #expect(try fold.delivery(event).reason == "PAUSED")
        }
        #expect(try fold.delivery(before).sequenceNumber == paused)
        #expect(fold.outboxEntry() == nil)
        let resumed = try fold.apply(.configurationStored(.test(), key: nil))
        for event in [before, after] { #expect(try fold.delivery(event).state == .pending) }
        #expect(try fold.delivery(after).sequenceNumber == resumed)
        #expect(fold.outboxEntry() != nil)
        #expect(fold.write()?.values.count == 2)
    }

    @Test func aHeldConfigurationTellsWhyAndWhenItIsTried() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        let number = try fold.apply(.condition(Self.held, of: ConfigurationID(ordinal: 1), at: fold.moment))
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .held)
        #expect(delivery.reason == "INVALID_CLIENT")
        #expect(delivery.nextAttemptAt == start + .seconds(60))
        #expect(delivery.lastAttempt == .test(400))
        #expect(delivery.sequenceNumber == number)
        #expect(fold.outboxEntry() == nil)
        try fold.apply(.condition(.running, of: ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(try fold.delivery(event).state == .pending)
        #expect(fold.outboxEntry() != nil)
    }

    @Test func anUpdateLetsAHeldConfigurationRun() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        try fold.apply(.condition(Self.held, of: ConfigurationID(ordinal: 1), at: fold.moment))
        try fold.apply(.configurationStored(.test(), key: nil))
        #expect(try fold.delivery(event).state == .pending)
        #expect(fold.state.configurations[0].condition == .running)
    }

    @Test func aWaitingOrgShowsAsRetryingAndStaysInTheOutbox() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        let until = start + .seconds(900)
        let waiting = ConfigurationCondition.waiting(reason: "LIMIT", message: "daily limit", until: until, nil)
        try fold.apply(.condition(waiting, of: ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(try fold.delivery(event).state == .retrying)
        #expect(try fold.delivery(event).reason == "LIMIT")
        #expect(try fold.delivery(event).nextAttemptAt == until)
        #expect(fold.outboxEntry() != nil)
    }

    @Test func whatHasEndedIsNeverShownAsHeld() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        let delivered = try fold.deliver(event)
        try fold.apply(.condition(Self.held, of: ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(try fold.delivery(event).state == .delivered)
        #expect(try fold.delivery(event).sequenceNumber == delivered)
    }

    @Test func whatIsOutShowsAsInFlightEvenWhereTheConfigurationIsHeld() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        fold.state.configurations[0].subjects[0].inFlight = [event]
        #expect(try fold.delivery(event).state == .inFlight)
        try fold.apply(.condition(Self.held, of: ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(try fold.delivery(event).state == .inFlight)
        #expect(try fold.delivery(event).nextAttemptAt == nil)
    }

    @Test func filtersSeeTheStateThatIsShown() throws {
        var fold = try Fold(.test(1), .test(2, isPaused: true))
        try fold.publish(.test("a", ["news": .granted]))
        func count(_ state: DeliveryState) -> Int {
            fold.state.page(after: nil, state: state, configuration: nil, size: 9).deliveries.count
        }
        #expect(count(.held) == 1)
        #expect(count(.pending) == 1)
        #expect(count(.inFlight) == 0)
    }

    // MARK: Deletion

    @Test func deletionCancelsWhatIsUndelivered() throws {
        var fold = try Fold(.test(1), .test(2))
        let delivered = try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.deliver(delivered)
        let open = try fold.publish(.test("b", at: 2, ["calls": .granted]))
        try fold.apply(.configurationDeleted(ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(try fold.delivery(delivered).state == .delivered)
        #expect(try fold.delivery(open).state == .cancelled)
        #expect(try fold.delivery(open).reason == "CONFIGURATION_DELETED")
        #expect(try fold.delivery(open, 2).state == .pending)
        #expect(fold.state.configuration(ConfigurationID(ordinal: 1)) == nil)
        #expect(fold.state.configurationNames["leads-1"] == nil)
        #expect(fold.state.openCount == 2)
        let later = try fold.publish(.test("c", at: 3, ["news": .granted]))
        #expect(fold.state.deliveries(of: later)?.map(\.id.configuration.ordinal) == [2])
    }

    // MARK: Changed mappings

    @Test func whatWaitsIsSentByTheNewMappings() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", ["news": .granted]))
        let mappings = [
            Mapping(field: "Optin__c", value: "news"),
            Mapping(field: "Optout__c", value: "news", isInverted: true),
            Mapping(field: "Calls__c", value: "calls"),
        ]
        try fold.apply(.configurationStored(.test(mappings: mappings), key: nil))
        #expect(fold.write()?.values == ["Optin__c": .bool(true), "Optout__c": .bool(false)])
        #expect(try fold.delivery(event).fields.map(\.field) == ["Optin__c", "Optout__c"])
    }

    @Test func whatIsNoLongerMappedIsSkipped() throws {
        var fold = try Fold(.test())
        let news = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let both = try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted, "calls": .granted]))
        let changed = Configuration.test(mappings: [Mapping(field: "Calls__c", value: "calls")])
        try fold.apply(.configurationStored(changed, key: nil))
        #expect(try fold.delivery(news).state == .skipped)
        #expect(try fold.delivery(news).reason == "NOTHING_MAPPED")
        #expect(try fold.delivery(both).state == .pending)
        #expect(fold.write(slot: 0) == nil)
        #expect(fold.write(slot: 1)?.values == ["Calls__c": .bool(true)])
    }

    @Test func aSourceThatComesBackKeepsWhatStoodForIt() throws {
        var fold = try Fold(.test())
        try fold.deliver(try fold.publish(.test("a", at: 5, ["news": .granted])))
        let without = Configuration.test(mappings: [Mapping(field: "Calls__c", value: "calls")])
        try fold.apply(.configurationStored(without, key: nil))
        try fold.apply(.configurationStored(.test(), key: nil))
        let older = try fold.publish(.test("b", at: 1, ["news": .denied]))
        #expect(try fold.delivery(older).reason == "STALE")
    }

    @Test func aRenameFreesTheOldName() throws {
        var fold = try Fold(.test())
        try fold.apply(.configurationStored(.test(name: "renamed"), key: nil))
        #expect(fold.state.configurationNames["leads-1"] == nil)
        #expect(fold.state.configurationNames["renamed"] == ConfigurationID(ordinal: 1))
    }
}
