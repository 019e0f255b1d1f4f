import Consent
import Delivery
import Testing

@Suite struct PlanBreakerTests {
    private let configuration = Configuration.test()

    private func breaker(of driver: PlanDriver) -> BreakerState? {
        driver.plan.statistics(at: driver.now).orgs.first?.breaker
    }

    @Test func fiveFailuresOpenItAndHalfOpenSendsOneCall() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<5_000)
        driver.org.wholeFault = { call, _ in if case .find = call.request { nil } else { .test(.transient) } }
        driver.publish(PlanDriver.people(0..<5_000), to: configuration)
        driver.run(for: .seconds(1))
        #expect(breaker(of: driver) == .open)
        // Four were out when the fifth failed.
        let burst = driver.org.httpCallCount
        #expect(burst <= 8)
        driver.run(for: .seconds(3))
        #expect(driver.org.httpCallCount == burst)
        driver.run(for: .seconds(4))
        #expect(driver.org.httpCallCount == burst + 1)
        driver.run(for: .seconds(120))
        #expect(driver.org.httpCallCount <= burst + 6)
        #expect(driver.largestInFlight <= 5)
    }

    @Test func nobodyGoesOutBeforeTheMomentThatTheOrgNames() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<600)
        driver.org.wholeFault = { call, _ in
            if case .find = call.request { nil } else { .test(.transient, retryAfter: .seconds(30)) }
        }
        driver.publish(PlanDriver.people(0..<200), to: configuration)
        driver.run(for: .seconds(1))
        driver.publish(PlanDriver.people(200..<600, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(28))
        #expect(driver.org.httpCallCount == 1)
        #expect(breaker(of: driver) == .open)
        // The one call that is let through then is told the same.
        driver.run(for: .seconds(30))
        #expect(driver.org.httpCallCount == 2)
        driver.org.wholeFault = { _, _ in nil }
        driver.run(for: .seconds(3))
        #expect(driver.deliveredCount(of: configuration) == 600)
        #expect(driver.violations.isEmpty)
    }

    @Test func everythingParkedFollowsTheFirstSuccess() throws {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<10_000)
        driver.org.wholeFault = { call, _ in if case .find = call.request { nil } else { .test(.transient) } }
        driver.publish(PlanDriver.people(0..<10_000), to: configuration)
        driver.run(for: .seconds(3_600))
        #expect(driver.deliveredCount(of: configuration) == 0)
        driver.org.wholeFault = { _, _ in nil }
        let answered = driver.now
        while driver.deliveredCount(of: configuration) == 0, driver.now - answered < .seconds(4_000) {
            guard driver.runToNextMoment() else { break }
        }
        let first = driver.now
        #expect(first - answered <= .seconds(61))
        driver.run(for: .seconds(2))
        #expect(driver.deliveredCount(of: configuration) == 10_000)
        #expect(breaker(of: driver) == .closed)
        let last = try #require(driver.outcomes.values.compactMap(\.last?.at).max())
        // Fifty batches through four slots at 100 ms each.
        #expect(last - first <= .milliseconds(1_500))
    }

    @Test func aConfigurationInTroubleDoesNotDelayAnother() {
        let healthy = Configuration.test(2)
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.configure(healthy)
        driver.org.isCached = true
        driver.addRecords(for: 0..<3_000)
        let sick = configuration.id
        driver.org.wholeFault = { call, _ in
            if case .find = call.request { return nil }
            return call.configuration.id == sick ? .test(.transient) : nil
        }
        driver.publish(PlanDriver.people(0..<2_000), to: configuration)
        driver.run(for: .seconds(20))
        for slot in 2_000..<3_000 as Range<UInt32> {
            let start = driver.now
            driver.publish(PlanDriver.people(slot..<slot + 1), to: healthy)
            driver.run(for: .milliseconds(400))
            guard driver.last(slot, of: healthy)?.isDelivered == true else {
                Issue.record("p\(slot) waited from \(start)")
                return
            }
        }
        #expect(driver.violations.isEmpty)
    }

    @Test func parkedSubjectsOfTheLastRunFollowTheFirstSuccess() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<500)
        let dueAt = driver.now + .seconds(3_000)
        let parked = (0..<500).map { slot in
            PlanDriver.Person(slot: slot, name: "p\(slot)", dueAt: dueAt, isParked: true)
        }
        driver.publish(parked, to: configuration)
        driver.run(for: .seconds(2))
        #expect(driver.org.httpCalls[.probe] == 1)
        driver.run(for: .seconds(3))
        #expect(driver.deliveredCount(of: configuration) == 500)
    }

    @Test func subjectsParkedBeforeTheStartFollowAnOrgThatAnswered() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<2)
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(1))
        let parked = PlanDriver.Person(slot: 1, name: "p1", dueAt: driver.now + .seconds(3_000), isParked: true)
        driver.publish([parked], to: configuration)
        driver.run(for: .seconds(1))
        #expect(driver.last(1, of: configuration)?.isDelivered == true)
    }

    @Test func parkedWithdrawalsLeaveBeforeParkedGrants() throws {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<2_000)
        driver.org.wholeFault = { call, _ in if case .find = call.request { nil } else { .test(.transient) } }
        driver.publish(PlanDriver.people(0..<1_900), to: configuration)
        driver.publish(PlanDriver.people(1_900..<2_000, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(7_200))
        driver.org.wholeFault = { _, _ in nil }
        // The next parked batch may be due within the longest retry gap; nobody asks before it then.
        driver.run(for: .seconds(140))
        #expect(driver.deliveredCount(of: configuration) == 2_000)
        let times = driver.outcomes.map { (slot: $0.key.slot, at: $0.value.last?.at ?? driver.now) }
        let withdrawn = try #require(times.filter { $0.slot >= 1_900 }.map(\.at).max())
        let granted = try #require(times.filter { $0.slot < 1_900 }.map(\.at).sorted().dropFirst(1_000).first)
        #expect(withdrawn <= granted)
    }

    @Test func aHalfOpenBreakerStaysSoWhileLookupsComeFromTheCache() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<1)
        driver.org.wholeFault = { call, _ in if case .find = call.request { nil } else { .test(.transient) } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(149))
        #expect(breaker(of: driver) != .closed)
    }
}
