import Consent
import Testing

@testable import ConsentStore

/// What an accepted event becomes.
@Suite struct EventFoldTests {
    // MARK: Which choice wins

    @Test func aNewerEventSupersedesAPendingOne() throws {
        var fold = try Fold(.test())
        let old = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let new = try fold.publish(.test("b", at: 2, ["news": .denied]))
        let superseded = try fold.delivery(old)
        #expect(superseded.state == .superseded)
        #expect(superseded.supersededBy == fold.id(new))
        #expect(superseded.sequenceNumber == new)
        #expect(try fold.delivery(new).state == .pending)
        #expect(fold.write()?.values == ["News__c": .bool(false)])
        #expect(fold.state.openCount == 1)
    }

    @Test func anOlderEventThatComesLateIsSupersededAtOnce() throws {
        var fold = try Fold(.test())
        let new = try fold.publish(.test("b", at: 2, ["news": .denied]))
        let old = try fold.publish(.test("a", at: 1, ["news": .granted]))
        #expect(try fold.delivery(old).state == .superseded)
        #expect(try fold.delivery(old).supersededBy == fold.id(new))
        #expect(fold.write()?.values == ["News__c": .bool(false)])
        #expect(fold.write()?.through == new)
    }

    @Test func anOlderEventIsStaleOnceTheNewerWasDelivered() throws {
        var fold = try Fold(.test())
        let new = try fold.publish(.test("b", at: 2, ["news": .denied]))
        try fold.deliver(new)
        let old = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let stale = try fold.delivery(old)
        #expect(stale.state == .skipped)
        #expect(stale.reason == "STALE")
        #expect(stale.supersededBy == nil)
        #expect(fold.write() == nil)
        #expect(fold.outboxEntry() == nil)
    }

    @Test func anEventThatStillWinsOneFieldStaysPending() throws {
        var fold = try Fold(.test())
        let both = try fold.publish(.test("a", at: 1, ["news": .granted, "calls": .granted]))
        let newer = try fold.publish(.test("b", at: 2, ["news": .denied]))
        #expect(try fold.delivery(both).state == .pending)
        #expect(try fold.delivery(newer).state == .pending)
        #expect(fold.write()?.values == ["News__c": .bool(false), "Calls__c": .bool(true)])
        let newest = try fold.publish(.test("c", at: 3, ["calls": .denied]))
        #expect(try fold.delivery(both).state == .superseded)
        #expect(try fold.delivery(both).supersededBy == fold.id(newest))
    }

    @Test(arguments: [Choice.denied, .cleared])
    func aTieGoesToTheRestrictiveChoiceInBothOrders(restrictive: Choice) throws {
        let granted = ConsentEvent.test("z", at: 1, ["news": .granted])
        let other = ConsentEvent.test("a", at: 1, ["news": restrictive])
        for events in [[granted, other], [other, granted]] {
            var fold = try Fold(.test())
            for event in events { try fold.publish(event) }
            #expect(fold.write()?.fields.map(\.choice) == [restrictive])
        }
    }

    @Test func peopleAndConfigurationsAreIndependent() throws {
        var fold = try Fold(.test(1), .test(2))
        let ada = try fold.publish(.test("a", at: 2, subject: "ada", ["news": .denied]))
        let bob = try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted]))
        try fold.deliver(ada, of: 1)
        #expect(try fold.delivery(ada, 1).state == .delivered)
        #expect(try fold.delivery(ada, 2).state == .pending)
        #expect(try fold.delivery(bob, 1).state == .pending)
        #expect(fold.write(2, slot: 1)?.organizationUserID == "bob")
    }

    // MARK: Coalescing

    @Test func everythingPendingOfAPersonIsOneWriteAndEachEventKeepsItsDelivery() throws {
        var fold = try Fold(.test())
        let first = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let second = try fold.publish(.test("b", at: 2, ["calls": .denied]))
        let write = try #require(fold.write())
        #expect(write.values == ["News__c": .bool(true), "Calls__c": .bool(false)])
        #expect(write.through == second)
        #expect(write.isWithdrawal)
        try fold.deliver(first, second)
        for event in [first, second] {
            let delivery = try fold.delivery(event)
            #expect(delivery.state == .delivered)
            #expect(delivery.recordIDs == ["00Q1"])
            #expect(delivery.attempts == 1)
        }
        #expect(try fold.delivery(first).fields == [FieldEntry(field: "News__c", value: .bool(true))])
        #expect(try fold.delivery(second).fields == [FieldEntry(field: "Calls__c", value: .bool(false))])
        #expect(fold.state.openCount == 0)
    }

    @Test func whatWasDeliveredIsNotWrittenAgain() throws {
        var fold = try Fold(.test())
        try fold.deliver(try fold.publish(.test("a", at: 1, ["news": .granted])))
        try fold.publish(.test("b", at: 2, ["calls": .granted]))
        #expect(fold.write()?.values == ["Calls__c": .bool(true)])
        #expect(fold.write()?.isWithdrawal == false)
    }

    @Test func constantsAndEventFieldsGoAlong() throws {
        let mappings = [
            Mapping(field: "News__c", value: "news"), Mapping(field: "Source__c", value: "web", type: .constant),
            Mapping(field: "At__c", value: "created_at", type: .eventField),
        ]
        var fold = try Fold(.test(mappings: mappings))
        try fold.publish(.test("a", at: 0, ["news": .granted]))
        #expect(
            fold.write()?.values
                == ["News__c": .bool(true), "Source__c": .string("web"), "At__c": .string(start.rfc3339)]
        )
    }

    // MARK: Skipped

    @Test func aPendingApprovalIsNotSent() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", status: .pendingApproval, ["news": .granted]))
        #expect(try fold.delivery(event).state == .skipped)
        #expect(try fold.delivery(event).reason == "PENDING_APPROVAL")
        #expect(fold.write() == nil)
    }

    @Test func aForeignRegulationIsNotSent() throws {
        var fold = try Fold(.test(1), .test(2, regulations: ["ccpa", "gdpr"]))
        let event = try fold.publish(.test("a", regulation: "ccpa", ["news": .granted]))
        #expect(try fold.delivery(event, 1).state == .skipped)
        #expect(try fold.delivery(event, 1).reason == "REGULATION")
        #expect(try fold.delivery(event, 2).state == .pending)
    }

    @Test func anEventWithoutAnythingMappedIsNotSent() throws {
        let constant = Mapping(field: "Source__c", value: "web", type: .constant)
        let eventField = Mapping(field: "At__c", value: "created_at", type: .eventField)
        var fold = try Fold(.test(mappings: [Mapping(field: "News__c", value: "news"), constant, eventField]))
        let event = try fold.publish(.test("a", ["other": .granted]))
        #expect(try fold.delivery(event).state == .skipped)
        #expect(try fold.delivery(event).reason == "NOTHING_MAPPED")
        #expect(try fold.delivery(event).fields.isEmpty)
    }

    @Test func aSkippedEventTakesNoPartInTheMerge() throws {
        var fold = try Fold(.test())
        let granted = try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.publish(.test("b", at: 9, status: .pendingApproval, ["news": .denied]))
        try fold.publish(.test("c", at: 9, regulation: "ccpa", ["news": .denied]))
        #expect(try fold.delivery(granted).state == .pending)
        #expect(fold.write()?.values == ["News__c": .bool(true)])
    }

    // MARK: For whom

    @Test func onlyTheNamedConfigurationsGetADelivery() throws {
        var fold = try Fold(.test(1), .test(2), .test(3))
        let event = try fold.publish(.test("a", ["news": .granted]), to: [3, 1])
        #expect(fold.state.deliveries(of: event)?.map(\.id.configuration.ordinal).sorted() == [1, 3])
        let all = try fold.publish(.test("b", ["calls": .granted]))
        #expect(fold.state.deliveries(of: all)?.map(\.id.configuration.ordinal) == [1, 2, 3])
    }

    @Test func anEventWithoutIDAndMomentGetsThemFromItsRecord() throws {
        var fold = try Fold(.test())
        let acceptedAt = fold.moment
        let event = try fold.publish(.test(nil, at: nil, ["news": .granted]))
        let delivery = try fold.delivery(event)
        #expect(delivery.eventID == "evt_0000000000000002")
        #expect(delivery.eventCreatedAt == acceptedAt)
        #expect(fold.state.event(withID: "evt_0000000000000002") == event)
        #expect(fold.state.event(withID: "evt_0000000000000001") == nil)
    }

    // MARK: What is forgotten

    @Test func keysAreForgottenAfterTheirLifetimeOnly() throws {
        var limits = StoreLimits()
        limits.keyLifetime = .seconds(3)
        var fold = try Fold(.test(), limits: limits)
        try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.publish(.test(nil, at: 2, ["news": .granted]), key: "k")
        #expect(fold.state.eventKeys[.id("a")] != nil)
        #expect(fold.state.eventKeys[.idempotencyKey("k")] != nil)
        for number in 0..<3 { try fold.publish(.test("b\(number)", at: 3, ["news": .granted])) }
        #expect(fold.state.eventKeys[.id("a")] == nil)
        #expect(fold.state.eventKeys[.idempotencyKey("k")] != nil)
        #expect(fold.state.eventKeys[.id("b0")] != nil)
    }

    @Test func theOldestFinishedEventsAreForgottenAndOpenOnesNever() throws {
        var limits = StoreLimits()
        limits.terminalEventsMax = 2
        var fold = try Fold(.test(), limits: limits)
        let open = try fold.publish(.test("open", subject: "open", ["news": .granted]))
        let finished = try (0..<4).map { number in
            let event = try fold.publish(.test("e\(number)", subject: "s\(number)", ["news": .granted]))
            try fold.deliver(event)
            return event
        }
        #expect(fold.state.delivery(fold.id(open))?.state == .pending)
        #expect(finished.map { fold.state.delivery(fold.id($0)) != nil } == [false, false, true, true])
        #expect(fold.state.deliveries(of: "s0", configuration: nil).isEmpty)
        #expect(fold.state.page(after: nil, state: nil, configuration: nil, size: 9).deliveries.count == 3)
    }

    // MARK: Opaque ids

    @Test func twoNormalFormsOfALetterAreTwoIDsPeopleAndSources() throws {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        var fold = try Fold(
            .test(mappings: [Mapping(field: "A__c", value: composed), Mapping(field: "B__c", value: decomposed)])
        )
        let first = try fold.publish(.test(composed, subject: composed, [composed: .granted]))
        let second = try fold.publish(.test(decomposed, subject: decomposed, [decomposed: .denied]))
        #expect(fold.state.event(withID: composed) == first && fold.state.event(withID: decomposed) == second)
        #expect(fold.state.openCount == 2 && fold.state.configurations[0].personCount == 2)
        #expect(fold.write(slot: 0)?.values == ["A__c": .bool(true)])
        #expect(fold.write(slot: 1)?.values == ["B__c": .bool(false)])
        #expect(fold.state.deliveries(of: composed, configuration: nil).map(\.id) == [fold.id(first)])
        #expect(fold.state.deliveries(of: decomposed, configuration: nil).map(\.id) == [fold.id(second)])
    }

    @Test func twoNormalFormsOfALetterAreTwoCreationKeys() throws {
        var fold = try Fold()
        for (ordinal, key) in ["\u{e9}", "e\u{301}"].enumerated() {
            let creation = CreationKey(text: key, digest: ContentDigest(high: 1, low: UInt64(ordinal)))
            try fold.apply(.configurationStored(.test(UInt32(ordinal + 1)), key: creation))
        }
        #expect(fold.state.creationKeys[HashedText("\u{e9}")]?.configuration == ConfigurationID(ordinal: 1))
        #expect(fold.state.creationKeys[HashedText("e\u{301}")]?.configuration == ConfigurationID(ordinal: 2))
    }
}
