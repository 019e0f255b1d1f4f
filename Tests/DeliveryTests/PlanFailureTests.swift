import Consent
import Delivery
import Testing

@Suite struct PlanFailureTests {
    private let configuration = Configuration.test()

    private func driver(people: Range<UInt32> = 0..<1, _ configuration: Configuration? = nil) -> PlanDriver {
        var driver = PlanDriver()
        driver.configure(configuration ?? self.configuration)
        driver.org.isCached = true
        driver.addRecords(for: people)
        return driver
    }

    @Test func sixRetriesWithinFiveMinutesThenParked() {
        var driver = driver()
        driver.org.wholeFault = { call, _ in if case .find = call.request { nil } else { .test(.transient) } }
        let start = driver.now
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(300))
        let writes = driver.started.filter { if case .update = $0.call.request { true } else { false } }
        let times = writes.map { ($0.at - start).wholeMilliseconds }
        #expect(times.count == 7)
        for (time, due) in zip(times.dropFirst(), [2, 10, 30, 75, 150, 280] as [Int64]) {
            #expect(time >= due * 800 && time <= due * 1_000 + 800)
        }
        #expect(driver.last(0, of: configuration)?.isParked == true)
        driver.org.wholeFault = { _, _ in nil }
        driver.run(for: .seconds(400))
        #expect(driver.last(0, of: configuration)?.isDelivered == true)
    }

    @Test func retryAfterIsAFloor() throws {
        var driver = driver()
        driver.org.itemFault = { _, _ in .test(.transient, retryAfter: .seconds(40)) }
        let start = driver.now
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(39))
        guard case .retrying(_, let attempts, let dueAt, _) = try #require(driver.last(0, of: configuration)) else {
            Issue.record("not retrying")
            return
        }
        #expect(attempts == 1)
        #expect(dueAt - start >= .seconds(40))
    }

    @Test(arguments: [0, 1, 77, 199] as [UInt32])
    func onePoisonRecordIsFoundWithinSeventeenCalls(culprit: UInt32) {
        var driver = driver(people: 0..<200)
        let poison = driver.org.people["p\(culprit)"]?.first?.id
        driver.org.wholeFault = { call, _ in
            guard case .update(let writes) = call.request, writes.contains(where: { $0.recordID == poison }) else {
                return nil
            }
            return .test(.batch, "JSON_PARSER_ERROR")
        }
        driver.publish(PlanDriver.people(0..<200), to: configuration)
        driver.run(for: .seconds(30))
        #expect(driver.org.httpCallCount <= 17)
        #expect(driver.deliveredCount(of: configuration) == 199)
        #expect(driver.last(culprit, of: configuration)?.failedReason == "JSON_PARSER_ERROR")
        #expect(driver.violations.isEmpty)
    }

    @Test func aBatchOfWhichNothingIsAcceptedHoldsTheConfiguration() {
        var driver = driver(people: 0..<200)
        driver.org.wholeFault = { call, _ in if case .update = call.request { .test(.batch) } else { nil } }
        driver.publish(PlanDriver.people(0..<200), to: configuration)
        driver.run(for: .seconds(20))
        #expect(driver.outcomes.values.allSatisfy { $0.last?.result == .released })
        guard case .held = driver.conditions.last?.condition else {
            Issue.record("not held")
            return
        }
        #expect(driver.org.httpCallCount < 20)
    }

    @Test func aRecordErrorFailsThatRecordAlone() {
        var driver = driver(people: 0..<3)
        let bad = driver.org.people["p1"]?.first?.id
        driver.org.itemFault = { _, id in id == bad ? .test(.record, "STRING_TOO_LONG") : nil }
        driver.publish(PlanDriver.people(0..<3), to: configuration)
        driver.run(for: .seconds(5))
        #expect(driver.last(1, of: configuration)?.failedReason == "STRING_TOO_LONG")
        #expect(driver.deliveredCount(of: configuration) == 2)
    }

    @Test func ambiguousFailuresGetThreeMoreTries() {
        var driver = driver()
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.ambiguous, "FLOW") } else { nil } }
        let start = driver.now
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(600))
        let writes = driver.started.filter { if case .update = $0.call.request { true } else { false } }
        #expect(writes.count == 4)
        #expect(writes[1].at - start >= .seconds(24))
        #expect(driver.last(0, of: configuration)?.failedReason == "FLOW")
    }

    @Test(arguments: [(after: 10, writes: 1), (after: 60, writes: 2), (after: 200, writes: 3)])
    func ambiguousTriesGoOnAfterARestart(after seconds: Int, writes: Int) {
        var driver = driver()
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.ambiguous, "FLOW") } else { nil } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(seconds))
        #expect(driver.org.httpCalls[.update] == writes)
        driver.restart(with: [configuration])
        driver.run(for: .seconds(600))
        #expect(driver.org.httpCalls[.update] == 4)
        #expect(driver.last(0, of: configuration)?.failedReason == "FLOW")
    }

    /// What is not known to have been ambiguous costs none of the tries.
    @Test(arguments: [Duration.seconds(2), .seconds(30)])
    func anotherFailureBeforeARestartIsNoAmbiguousTry(retryAfter: Duration) {
        var driver = driver()
        driver.org.itemFault = { call, _ in
            if case .update = call.request { .test(.transient, "LOCK", retryAfter: retryAfter) } else { nil }
        }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(1))
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.ambiguous, "FLOW") } else { nil } }
        driver.restart(with: [configuration])
        driver.run(for: .seconds(600))
        #expect(driver.org.httpCalls[.update] == 5)
        #expect(driver.last(0, of: configuration)?.failedReason == "FLOW")
    }

    @Test func aConfigurationErrorHoldsAndASlowProbeResumes() {
        var driver = driver(people: 0..<5)
        driver.org.itemFault = { call, _ in
            if case .update = call.request { .test(.configuration, "INVALID_FIELD") } else { nil }
        }
        let start = driver.now
        driver.publish(PlanDriver.people(0..<5), to: configuration)
        driver.run(for: .seconds(30))
        guard case .held("INVALID_FIELD", _, let probeAt, _) = driver.conditions.last?.condition else {
            Issue.record("not held")
            return
        }
        #expect(probeAt - start >= .seconds(60) && probeAt - start <= .seconds(61))
        let calls = driver.org.httpCallCount
        driver.run(for: .seconds(29))
        #expect(driver.org.httpCallCount == calls)
        driver.org.itemFault = { _, _ in nil }
        driver.run(for: .seconds(10))
        #expect(driver.deliveredCount(of: configuration) == 5)
        #expect(driver.conditions.last?.condition == .running)
    }

    @Test func configurationErrorsOfSomeItemsAreRecordErrors() {
        var driver = driver(people: 0..<3)
        let bad = driver.org.people["p1"]?.first?.id
        driver.org.itemFault = { _, id in id == bad ? .test(.configuration, "INVALID_FIELD") : nil }
        driver.publish(PlanDriver.people(0..<3), to: configuration)
        driver.run(for: .seconds(5))
        #expect(driver.last(1, of: configuration)?.failedReason == "INVALID_FIELD")
        #expect(driver.conditions.isEmpty)
    }

    @Test func anUpdatedConfigurationRunsAgainAtOnce() {
        var driver = driver()
        driver.org.wholeFault = { _, _ in .test(.configuration, "invalid_client") }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(5))
        driver.org.wholeFault = { _, _ in nil }
        var updated = configuration
        updated.revision = 2
        driver.configure(updated)
        driver.run(for: .milliseconds(200))
        #expect(driver.last(0, of: configuration)?.isDelivered == true)
    }

    @Test func aPausingOrgWaitsWithOneProbeAndSpendsNoAttempts() {
        let other = Configuration.test(2)
        var driver = driver(people: 0..<2)
        driver.configure(other)
        driver.org.wholeFault = { _, _ in .test(.orgPause, "REQUEST_LIMIT_EXCEEDED") }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(1))
        driver.publish(PlanDriver.people(1..<2), to: other)
        driver.run(for: .seconds(8 * 60))
        guard case .retrying(_, let attempts, _, _) = driver.last(0, of: configuration) else {
            Issue.record("not retrying")
            return
        }
        #expect(attempts == 0)
        #expect(Set(driver.conditions.map(\.id)) == [configuration.id, other.id])
        // After 1, 2 and 4 minutes.
        #expect(driver.org.httpCalls[.probe] == 3)
        driver.org.wholeFault = { _, _ in nil }
        driver.run(for: .seconds(8 * 60))
        #expect(driver.last(0, of: configuration)?.isDelivered == true)
        #expect(driver.last(1, of: other)?.isDelivered == true)
    }

    @Test func gapsBeginWithTheFailureHoweverLateItIsHeardOf() throws {
        var driver = driver()
        driver.lateness = .seconds(1)
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.transient) } else { nil } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .milliseconds(2_200))
        guard case .retrying(_, 1, let dueAt, let attempt) = try #require(driver.last(0, of: configuration)) else {
            Issue.record("not retrying")
            return
        }
        #expect((1_600...2_000).contains((dueAt - attempt.at).wholeMilliseconds))
    }

    @Test(arguments: [Failure.Kind.configuration, .orgPause])
    func probesAreDueByTheFailureHoweverLateItIsHeardOf(kind: Failure.Kind) throws {
        var driver = driver()
        driver.lateness = .seconds(1)
        driver.org.wholeFault = { call, _ in
            switch call.request {
            case .update, .probe: .test(kind)
            default: nil
            }
        }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(70))
        let gaps = driver.conditions.compactMap { told -> Duration? in
            switch told.condition {
            case .held(_, _, let until, let attempt?), .waiting(_, _, let until, let attempt?): until - attempt.at
            default: nil
            }
        }
        #expect(gaps == [.seconds(60), .seconds(120)])
    }

    @Test(arguments: [Failure.Kind.configuration, .orgPause])
    func aProbeThatIsToldWhenToComeAgainDoesSo(kind: Failure.Kind) {
        var driver = driver()
        driver.org.wholeFault = { call, _ in
            switch call.request {
            case .update: .test(kind)
            case .probe: .test(.transient, retryAfter: .seconds(300))
            default: nil
            }
        }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(359))
        #expect(driver.org.httpCalls[.probe] == 1)
        driver.run(for: .seconds(3))
        #expect(driver.org.httpCalls[.probe] == 2)
    }

    @Test func aFreshChoiceHasAllOfTheRetries() {
        var driver = driver()
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.transient) } else { nil } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(300))
        #expect(driver.last(0, of: configuration)?.isParked == true)
        let writes = driver.org.httpCalls[.update] ?? 0
        driver.publish(PlanDriver.people(0..<1, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(290))
        #expect((driver.org.httpCalls[.update] ?? 0) - writes == 7)
        #expect(driver.last(0, of: configuration)?.isParked == true)
    }

    @Test func aFreshChoiceHasAllOfTheSlowTries() {
        var driver = driver()
        driver.org.itemFault = { call, _ in if case .update = call.request { .test(.ambiguous, "FLOW") } else { nil } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.run(for: .seconds(200))
        #expect(driver.org.httpCalls[.update] == 3)
        driver.publish(PlanDriver.people(0..<1, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(600))
        #expect(driver.org.httpCalls[.update] == 7)
        #expect(driver.last(0, of: configuration)?.failedReason == "FLOW")
    }

    @Test func cancelledCallsGiveTheirSubjectsBackUntouched() {
        var driver = driver()
        driver.org.wholeFault = { call, _ in if case .update = call.request { .test(.cancelled) } else { nil } }
        driver.publish(PlanDriver.people(0..<1), to: configuration)
        driver.plan.stop()
        driver.run(for: .seconds(1))
        #expect(driver.last(0, of: configuration) == nil || driver.last(0, of: configuration) == .released)
    }
}
