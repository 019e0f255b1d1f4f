import Consent
import Delivery
import Testing

@Suite struct PlanBatchingTests {
    private let configuration = Configuration.test()

    @Test func aLoneSubjectGoesOutAtOnce() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<1)
        let start = driver.now
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(1))
        #expect(driver.started.map { $0.at - start } == [.zero, .milliseconds(100)])
        #expect(driver.last(0, of: configuration)?.isDelivered == true)
        #expect(driver.violations.isEmpty)
    }

    @Test(arguments: [(true, 6), (false, 8)])
    func aBurstOfAThousandStaysWithinItsCalls(isKnown: Bool, callsMax: Int) {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = isKnown
        driver.addRecords(for: 0..<1_000)
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.publish(PlanDriver.people(1..<40), to: configuration)
        driver.run(for: .milliseconds(10))
        driver.publish(PlanDriver.people(40..<700), to: configuration)
        driver.run(for: .milliseconds(20))
        driver.publish(PlanDriver.people(700..<1_000), to: configuration)
        driver.run(for: .seconds(10))
        #expect(driver.deliveredCount(of: configuration) == 1_000)
        #expect(driver.org.httpCallCount <= callsMax)
        #expect(driver.violations.isEmpty)
    }

    @Test func aLoadFillsBatches() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<20_000)
        driver.publish(PlanDriver.people(0..<20_000), to: configuration)
        driver.run(for: .milliseconds(2_600))
        #expect(driver.deliveredCount(of: configuration) == 20_000)
        #expect(driver.org.httpCallCount == 100)
        #expect(driver.largestInFlight <= 5)
        #expect(driver.violations.isEmpty)
    }

    @Test func withdrawalsGoBeforeGrants() throws {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.addRecords(for: 0..<5_100)
        driver.publish(PlanDriver.people(0..<5_000), to: configuration)
        driver.publish(PlanDriver.people(5_000..<5_100, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(60))
        let finds = driver.started.compactMap { started -> [String]? in
            if case .find(let people) = started.call.request { people } else { nil }
        }
        // The first lookup was under way when they came; the next one starts with them.
        let second = try #require(finds.dropFirst().first)
        #expect(Set(second.prefix(100)) == Set((5_000..<5_100).map { "p\($0)" }))
        #expect(driver.deliveredCount(of: configuration) == 5_100)
        let times = driver.outcomes.map { (slot: $0.key.slot, at: $0.value.last?.at ?? driver.now) }
        let withdrawn = try #require(times.filter { $0.slot >= 5_000 }.map(\.at).max())
        let granted = try #require(times.filter { $0.slot < 5_000 }.map(\.at).sorted().dropFirst(1_800).first)
        #expect(withdrawn <= granted)
    }

    @Test func siblingsAreNeverWrittenInParallel() {
        var driver = PlanDriver()
        driver.configure(configuration)
        for slot in 0..<900 { driver.org.add("p\(slot)", parent: "A\(slot % 3)") }
        driver.publish(PlanDriver.people(0..<900), to: configuration)
        driver.run(for: .seconds(60))
        #expect(driver.deliveredCount(of: configuration) == 900)
        #expect(driver.violations.isEmpty)
    }

    @Test func twoConfigurationsTakeTurnsOnOneRecord() {
        let other = Configuration.test(2, clientID: "other")
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.configure(other)
        driver.org.isCached = true
        driver.addRecords(for: 0..<50)
        driver.publish(PlanDriver.people(0..<50), to: configuration)
        driver.publish(PlanDriver.people(0..<50), to: other)
        driver.run(for: .seconds(5))
        #expect(driver.deliveredCount(of: configuration) == 50)
        #expect(driver.deliveredCount(of: other) == 50)
        #expect(driver.violations.isEmpty)
    }

    @Test func aSlowConfigurationLeavesASlotToOthers() {
        let slow = Configuration.test(2)
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.configure(slow)
        driver.latency = { $0.configuration.id == slow.id ? .seconds(120) : .milliseconds(100) }
        driver.addRecords(for: 0..<3_001)
        driver.publish(PlanDriver.people(0..<3_000), to: slow)
        driver.run(for: .seconds(130))
        #expect(driver.open.count >= 3)
        driver.publish(PlanDriver.people(3_000..<3_001), to: configuration)
        driver.run(for: .seconds(1))
        #expect(driver.last(3_000, of: configuration)?.isDelivered == true)
        #expect(driver.violations.isEmpty)
    }

    @Test func scarceCallsGatherLongerAndThenOnlyWithdrawalsGo() {
        var driver = PlanDriver()
        driver.configure(configuration)
        driver.org.isCached = true
        driver.addRecords(for: 0..<10)
        driver.org.usage = APIUsage(used: 85, limit: 100)
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(1))
        driver.publish(PlanDriver.people(1..<2), to: configuration)
        driver.run(for: .milliseconds(1_900))
        #expect(driver.last(1, of: configuration) == nil)
        driver.org.usage = APIUsage(used: 96, limit: 100)
        driver.run(for: .seconds(1))
        #expect(driver.last(1, of: configuration)?.isDelivered == true)
        driver.publish(PlanDriver.people(2..<3), to: configuration)
        driver.publish(PlanDriver.people(3..<4, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(60))
        #expect(driver.last(2, of: configuration) == nil)
        #expect(driver.last(3, of: configuration)?.isDelivered == true)
        driver.org.usage = APIUsage(used: 10, limit: 100)
        driver.run(for: .seconds(16 * 60))
        #expect(driver.last(2, of: configuration)?.isDelivered == true)
    }
}
