import Consent
import Delivery
import Testing

/// Taking subjects from the store while calls are out.
@Suite struct PlanTakeTests {
    private let configuration = Configuration.test()

    @Test func theNextBatchesAreTakenAndFoundWhileAllCallsAreOut() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.takeLatency = { .milliseconds(10) }
        driver.addRecords(for: 0..<3_000)
        let start = driver.now
        driver.publish(PlanDriver.people(0..<3_000), to: configuration)
        driver.run(for: .seconds(1))
        let starts = driver.started.map { $0.at - start }
        // Nobody but the first call waits for the store.
        #expect(Set(starts) == [.milliseconds(20), .milliseconds(120), .milliseconds(220), .milliseconds(320)])
        #expect(driver.deliveredCount(of: configuration) == 3_000)
        #expect(driver.largestInFlight == 4)
        #expect(driver.violations.isEmpty)
    }

    @Test func noMoreIsTakenThanCanBeWrittenSoon() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.latency = { _ in .seconds(60) }
        driver.addRecords(for: 0..<5_000)
        driver.publish(PlanDriver.people(0..<5_000), to: configuration)
        driver.run(for: .seconds(10))
        // Four calls are out, and what is taken ahead is for about ten more.
        #expect(driver.plan.statistics(at: driver.now).configurations[configuration.id]?.active == 3_000)
    }

    @Test func lookupsGoOutBesideUpdatesUnderLoad() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.takeLatency = { .milliseconds(10) }
        driver.addRecords(for: 0..<10_000)
        let start = driver.now
        driver.publish(PlanDriver.people(0..<10_000), to: configuration)
        driver.run(for: .seconds(60))
        #expect(driver.deliveredCount(of: configuration) == 10_000)
        // Ten lookups and fifty updates, four at a time but for the first lookup and the last calls.
        let last = driver.started.map { $0.at - start }.max()
        #expect(driver.org.httpCallCount == 60)
        #expect(last ?? .zero <= .milliseconds(1_600), "\(String(describing: last))")
        #expect(driver.violations.isEmpty)
    }

    @Test func aWithdrawalIsLookedUpBeforeGrantsThatWaitForACall() throws {
        var options = DeliveryOptions()
        options.callsInFlightPerOrg = 1
        var driver = PlanDriver(options: options)
        driver.configure(configuration)
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .milliseconds(10))
        driver.publish(PlanDriver.people(1..<1_001), to: configuration)
        driver.run(for: .milliseconds(10))
        driver.publish(PlanDriver.people(2_000..<2_001, isWithdrawal: true), to: configuration)
        driver.run(for: .milliseconds(90))
        let second = try #require(driver.started.dropFirst().first)
        guard case .find(let people) = second.call.request else {
            Issue.record("no lookup: \(second.call.request)")
            return
        }
        #expect(people.count == 1_000)
        #expect(people.first == "p2000")
    }

    @Test(arguments: [true, false], [60, 30])
    func aWithdrawalTakesThePlaceOfAGrantThatWaitsForACall(isKnown: Bool, publishedAfter: Int) {
        var options = DeliveryOptions()
        options.callsInFlightPerOrg = 1
        var driver = PlanDriver(options: options)
        driver.configure(configuration)
        driver.org.isCached = isKnown
        driver.latency = { _ in .milliseconds(200) }
        driver.takeLatency = { .milliseconds(20) }
        driver.addRecords(for: 0..<2)
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .milliseconds(45))
        // Taken after 50 ms of gathering, while the call is out: the store gives it 20 ms later, and the memory 20 more.
        driver.publish(PlanDriver.people(1..<2), to: configuration)
        driver.run(for: .milliseconds(50 + publishedAfter))
        driver.publish(PlanDriver.people(1..<2, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(5))
        let values = driver.started.flatMap { started -> [Choice] in
            guard case .update(let writes) = started.call.request else { return [] }
            return writes.filter { $0.recordID == "R2" }.flatMap(\.fields).map(\.choice)
        }
        #expect(values == [.text("2")])
        #expect(driver.deliveredCount(of: configuration) == 2)
        #expect(driver.violations.isEmpty)
    }

    @Test(arguments: [true, false])
    func aPauseDuringATakeGivesItBack(isKnown: Bool) {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<2)
        driver.org.isCached = isKnown
        driver.org.wholeFault = { _, _ in .test(.orgPause, "REQUEST_LIMIT_EXCEEDED") }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.takeLatency = { .milliseconds(40) }
        driver.publish(PlanDriver.people(1..<2), to: configuration)
        // Taken after 50 ms of gathering; the org answers after 100.
        driver.run(for: .milliseconds(200))
        #expect(driver.last(1, of: configuration) == .released)
        #expect(driver.plan.statistics(at: driver.now).configurations[configuration.id]?.active == 0)
        driver.org.wholeFault = { _, _ in nil }
        driver.run(for: .seconds(3_600))
        #expect(driver.deliveredCount(of: configuration) == 2)
        #expect(driver.violations.isEmpty)
    }

    @Test func whatIsRememberedOfAnotherOrgDoesNotCount() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<1)
        driver.org.isCached = true
        driver.takeLatency = { .milliseconds(40) }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .milliseconds(50))
        driver.configure(Configuration.test(origin: "https://moved.my.salesforce.com"))
        driver.run(for: .seconds(1))
        // It is looked up where the configuration points now.
        guard case .find? = driver.started.first?.call.request else {
            Issue.record("not looked up: \(driver.started.map(\.call.request))")
            return
        }
        #expect(driver.started.allSatisfy { $0.call.configuration.origin == "https://moved.my.salesforce.com" })
        #expect(driver.deliveredCount(of: configuration) == 1)
    }
}
