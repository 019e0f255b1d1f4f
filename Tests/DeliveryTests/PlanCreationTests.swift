import Consent
import Delivery
import Testing

@Suite struct PlanCreationTests {
    private let upserting = Configuration.test(upsertMode: true)

    @Test func aPersonWithoutARecordIsSkippedOrCreated() {
        let plain = Configuration.test(2)
        var driver = PlanDriver()
        driver.configure(plain)
        driver.publish(PlanDriver.people(0..<1), to: plain)
        driver.run(for: .seconds(1))
        #expect(driver.last(0, of: plain)?.skippedReason == "NO_MATCH")
        driver.configure(upserting)
        driver.publish(PlanDriver.people(0..<300), to: upserting)
        driver.run(for: .seconds(5))
        #expect(driver.org.created == 300)
        #expect(driver.deliveredCount(of: upserting) == 300)
        guard case .delivered(_, true, _) = driver.last(0, of: upserting) else {
            Issue.record("not told as created")
            return
        }
    }

    @Test func twoConfigurationsNeverCreateOnePersonTwice() {
        let other = Configuration.test(2, clientID: "other", upsertMode: true)
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.configure(other)
        driver.publish([PlanDriver.Person(slot: 0, name: "Ann@Example.com")], to: upserting)
        driver.publish([PlanDriver.Person(slot: 0, name: "ann@example.com")], to: other)
        driver.run(for: .seconds(5))
        #expect(driver.org.created == 1)
        #expect(driver.last(0, of: upserting)?.isDelivered == true)
        #expect(driver.last(0, of: other)?.isDelivered == true)
        #expect(driver.violations.isEmpty)
    }

    @Test(arguments: [true, false])
    func aLostAnswerIsLookedUpBeforeCreatingAgain(isCommitted: Bool) {
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.org.commitsLostCreations = isCommitted
        let start = driver.now
        driver.org.wholeFault = { call, now in
            guard case .create = call.request, now - start < .seconds(5) else { return nil }
            return .test(.transient, "CONNECTION_RESET", mayHaveBeenWritten: true)
        }
        driver.publish(PlanDriver.people(0..<1), to: upserting)
        driver.run(for: .seconds(29))
        #expect(driver.org.httpCalls[.create] == 1)
        #expect(driver.org.httpCalls[.find] == 2)
        #expect((driver.last(0, of: upserting)?.isDelivered == true) == isCommitted)
        driver.run(for: .seconds(5))
        #expect(driver.org.created == 1)
        #expect(driver.org.httpCalls[.find] == (isCommitted ? 2 : 3))
        #expect(driver.last(0, of: upserting)?.isDelivered == true)
    }

    @Test(arguments: [true, false])
    func aCreationThatACrashCutOffIsLookedUpBeforeCreatingAgain(isCommitted: Bool) {
        var driver = PlanDriver()
        driver.configure(upserting)
        let creation = driver.now - .seconds(1)
        driver.publish([PlanDriver.Person(slot: 0, name: "p0", creationStartedAt: creation)], to: upserting)
        driver.publish(PlanDriver.people(1..<2), to: upserting)
        driver.run(for: .seconds(2))
        // Whoever was not being created does not wait.
        #expect(driver.last(1, of: upserting)?.isDelivered == true)
        guard case .retrying("CREATION_UNSETTLED", 0, let dueAt, _) = driver.last(0, of: upserting) else {
            Issue.record("not waiting: \(String(describing: driver.last(0, of: upserting)))")
            return
        }
        #expect(dueAt == creation + .seconds(30))
        if isCommitted { driver.org.add("p0") }
        driver.run(for: .seconds(30))
        #expect(driver.org.created == (isCommitted ? 1 : 2))
        #expect(driver.last(0, of: upserting)?.isDelivered == true)
    }

    @Test func aCreationOfThisRunNeedsNoWaiting() {
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.publish(PlanDriver.people(1..<2), to: upserting)
        driver.run(for: .seconds(2))
        // The store keeps telling of it as long as anything is undelivered.
        driver.publish([PlanDriver.Person(slot: 0, name: "p0", creationStartedAt: driver.now)], to: upserting)
        driver.run(for: .seconds(2))
        #expect(driver.last(0, of: upserting)?.isDelivered == true)
    }

    @Test func anUnsettledCreationKeepsOthersFromCreating() {
        let other = Configuration.test(2, upsertMode: true)
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.configure(other)
        let start = driver.now
        driver.org.wholeFault = { call, now in
            guard case .create = call.request, now - start < .seconds(5) else { return nil }
            return .test(.transient, mayHaveBeenWritten: true)
        }
        driver.publish(PlanDriver.people(0..<1), to: upserting)
        driver.run(for: .seconds(1))
        driver.publish(PlanDriver.people(0..<1), to: other)
        driver.run(for: .seconds(20))
        #expect(driver.org.created == 0)
        driver.run(for: .seconds(20))
        #expect(driver.org.created == 1)
        #expect(driver.last(0, of: other)?.isDelivered == true)
    }

    @Test func aDeletedRecordIsLookedUpOnceAndThenTreatedAsMissing() {
        let plain = Configuration.test(2)
        for configuration in [upserting, plain] {
            var driver = PlanDriver()
            driver.configure(configuration)
            driver.addRecords(for: 0..<1)
            driver.org.itemFault = { call, _ in
                if case .update = call.request { .test(.repairable, "ENTITY_IS_DELETED") } else { nil }
            }
            driver.publish(PlanDriver.people(0..<1), to: configuration)
            driver.run(for: .seconds(5))
            #expect(driver.org.httpCalls[.find] == 2)
            #expect(driver.org.httpCalls[.update] == 2)
            if configuration.upsertMode {
                #expect(driver.last(0, of: configuration)?.isDelivered == true)
            } else {
                #expect(driver.last(0, of: configuration)?.skippedReason == "NO_MATCH")
            }
        }
    }

    @Test func convertedLeadsAreSkippedFromTheLookupAndFromTheWrite() {
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.addRecords(for: 0..<2)
        driver.org.converted = ["p0"]
        driver.org.itemFault = { call, _ in
            if case .update = call.request { .test(.convertedLead, "CANNOT_UPDATE_CONVERTED_LEAD") } else { nil }
        }
        driver.publish(PlanDriver.people(0..<2), to: upserting)
        driver.run(for: .seconds(5))
        #expect(driver.last(0, of: upserting)?.skippedReason == "CONVERTED_LEAD")
        #expect(driver.last(1, of: upserting)?.skippedReason == "CONVERTED_LEAD")
    }

    @Test func severalRecordsAreAllUpdatedOrRefused() {
        let rejecting = Configuration.test(2, onMultipleMatches: .reject)
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.configure(rejecting)
        driver.org.add("p0", records: 3)
        driver.publish(PlanDriver.people(0..<1), to: upserting)
        driver.publish(PlanDriver.people(0..<1), to: rejecting)
        driver.run(for: .seconds(5))
        #expect(driver.last(0, of: rejecting)?.failedReason == "MULTIPLE_MATCHES")
        guard case .delivered(let ids, false, _) = driver.last(0, of: upserting) else {
            Issue.record("not delivered")
            return
        }
        #expect(ids.sorted() == ["R1", "R2", "R3"])
    }

    @Test func onlyTheRecordsThatFailedAreTriedAgain() throws {
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.org.add("p0", records: 3)
        driver.org.itemFault = { _, id in id == "R2" ? .test(.transient, "UNABLE_TO_LOCK_ROW") : nil }
        driver.publish(PlanDriver.people(0..<1), to: upserting)
        driver.run(for: .seconds(1))
        driver.org.itemFault = { _, _ in nil }
        driver.run(for: .seconds(5))
        let writes = driver.started.compactMap { started -> [String]? in
            if case .update(let writes) = started.call.request { writes.map(\.recordID) } else { nil }
        }
        #expect(writes == [["R1", "R2", "R3"], ["R2"]])
        guard case .delivered(let ids, false, _) = try #require(driver.last(0, of: upserting)) else {
            Issue.record("not delivered")
            return
        }
        #expect(ids.sorted() == ["R1", "R2", "R3"])
    }

    @Test func aSubjectWithMoreRecordsThanABatchIsWrittenInSeveral() {
        var driver = PlanDriver()
        driver.configure(upserting)
        driver.org.add("p0", records: 450)
        driver.publish(PlanDriver.people(0..<1), to: upserting)
        driver.run(for: .seconds(5))
        #expect(driver.org.httpCalls[.update] == 3)
        #expect(driver.last(0, of: upserting)?.isDelivered == true)
        #expect(driver.violations.isEmpty)
    }
}
