import Consent
import Delivery
import Testing

/// A backlog goes through a job of the org's, and nothing of it is lost or overtaken.
struct PlanBulkTests {
    private let configuration = Configuration.test()

    /// A plan that was told `count` people who waited since before it began.
    private func driver(
        people count: UInt32 = 300,
        threshold: Int = 100,
        acceptedAgo: Duration = .seconds(60),
        withdrawalEvery interval: UInt32 = .max,
        prepare: (inout PlanDriver) -> Void = { _ in }
    ) -> PlanDriver {
        var options = DeliveryOptions()
        options.bulkThreshold = threshold
        var driver = PlanDriver(options: options)
        driver.addRecords(for: 0..<count)
        prepare(&driver)
        driver.configure(configuration)
        driver.publish(
            (0..<count).map { slot in
                PlanDriver.Person(
                    slot: slot,
                    name: "p\(slot)",
                    isWithdrawal: slot % interval == interval - 1,
                    acceptedAt: driver.now + (.zero - acceptedAgo)
                )
            },
            to: configuration
        )
        return driver
    }

    private func calls(_ driver: PlanDriver, _ kind: CallKind) -> Int { driver.org.httpCalls[kind] ?? 0 }

    @Test func aBacklogOverTheThresholdGoesThroughOneJob() {
        var driver = driver()
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [300])
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .update) == 0)
        // Open, upload, two looks.
        #expect(calls(driver, .bulk) == 4)
        #expect(driver.jobs.isEmpty)
        #expect(driver.violations == [])
    }

    @Test func aBacklogOfTheThresholdDoesNot() {
        var driver = driver(people: 100)
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [])
        #expect(driver.deliveredCount(of: configuration) == 100)
    }

    @Test func freshEventsNeverDo() {
        var driver = driver(acceptedAgo: .zero)
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [])
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(driver.violations == [])
    }

    @Test func zeroTurnsJobsOff() {
        var driver = driver(threshold: 0)
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [])
        #expect(driver.deliveredCount(of: configuration) == 300)
    }

    @Test func whatWaitedForItsOrgIsABacklogOnceTheOrgAnswers() {
        let outage = Outage()
        // More than the one lookup that finds the org well again.
        var driver = driver(people: 2_500, threshold: 1_000, acceptedAgo: .zero) {
            $0.org.wholeFault = { _, _ in outage.failure }
        }
        driver.run(for: .seconds(600))
        #expect(driver.deliveredCount(of: configuration) == 0)
        outage.failure = nil
        driver.run(for: .seconds(600))
        #expect(driver.jobSizes.reduce(0, +) >= 1_500)
        #expect(driver.deliveredCount(of: configuration) == 2_500)
        #expect(driver.violations == [])
    }

    @Test func fewWithdrawalsAreWrittenByCallsBeforeTheJobBegins() throws {
        var driver = driver(withdrawalEvery: 10)
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [270])
        #expect(calls(driver, .update) == 1)
        let update = try #require(driver.started.first { if case .update = $0.call.request { true } else { false } })
        let upload = try #require(driver.started.first { $0.isUpload })
        #expect(update.at < upload.at)
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(driver.violations == [])
    }

    @Test func aBacklogOfWithdrawalsGoesThroughTheJobAheadOfTheGrants() {
        var driver = driver(withdrawalEvery: 2)
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [300])
        guard case .upload(let writes, _) = driver.started.first(where: \.isUpload)?.call.request else {
            Issue.record("no upload")
            return
        }
        let withdrawals = Set((0..<300).filter { $0 % 2 == 1 }.flatMap { driver.org.people["p\($0)"] ?? [] }.map(\.id))
        #expect(Set(writes.prefix(150).map(\.recordID)) == withdrawals)
        #expect(driver.deliveredCount(of: configuration) == 300)
    }

    @Test func siblingsAreNextToEachOtherAndNoCallTouchesTheirAccountMeanwhile() {
        var driver = driver(people: 200) { driver in
            for slot: UInt32 in 200..<400 { driver.org.add("p\(slot)", parent: "A\(slot % 10)") }
            driver.org.checksUntilOver = 4
        }
        driver.publish(
            (200..<390).map {
                PlanDriver.Person(slot: $0, name: "p\($0)", acceptedAt: driver.now + .seconds(-60))
            },
            to: configuration
        )
        // Fresh events of other children while the job runs.
        driver.run(for: .seconds(3))
        #expect(!driver.jobs.isEmpty)
        driver.publish(PlanDriver.people(390..<400, isWithdrawal: true), to: configuration)
        driver.run(for: .seconds(120))
        #expect(driver.deliveredCount(of: configuration) == 400)
        #expect(driver.violations == [])
        guard case .upload(let writes, _) = driver.started.first(where: \.isUpload)?.call.request else {
            Issue.record("no upload")
            return
        }
        let parents = writes.map { driver.org.parents[$0.recordID] ?? "" }
        let changes = zip(parents, parents.dropFirst()).count { $0 != $1 }
        #expect(changes == Set(parents).count - 1)
    }

    @Test func anEventForSomeoneInTheJobWaitsForItAndIsWrittenAfterIt() {
        var driver = driver { $0.org.checksUntilOver = 3 }
        driver.run(for: .seconds(3))
        #expect(driver.jobs.count == 1)
        driver.publish([PlanDriver.Person(slot: 7, name: "p7", isWithdrawal: true)], to: configuration)
        driver.run(for: .seconds(1))
        #expect(driver.last(7, of: configuration) == nil)
        driver.run(for: .seconds(60))
        let told = driver.outcomes[SubjectKey(configuration: configuration.id, slot: 7)] ?? []
        #expect(told.map(\.through.rawValue) == [1, 2])
        let record = driver.org.people["p7"]?.first?.id ?? ""
        #expect(driver.org.values[record]?["Field_\(configuration.id)"] == "2")
        #expect(driver.violations == [])
    }

    @Test func recordsWithoutAResultGoTheUsualWay() {
        var driver = driver { driver in
            driver.org.unprocessed = Set((0..<5).flatMap { driver.org.people["p\($0)"] ?? [] }.map(\.id))
        }
        driver.run(for: .seconds(60))
        #expect(driver.jobSizes == [300])
        #expect(calls(driver, .update) == 1)
        #expect(driver.deliveredCount(of: configuration) == 300)
        let told = driver.outcomes[SubjectKey(configuration: configuration.id, slot: 0)] ?? []
        #expect(told.first?.result == .released)
    }

    @Test func eachRecordHasItsOwnFailure() {
        var driver = driver { driver in
            let poison = driver.org.people["p1"]?.first?.id
            let locked = driver.org.people["p2"]?.first?.id
            driver.org.itemFault = { call, id in
                if id == poison { return .test(.record, "POISON") }
                if id == locked, case .check = call.request { return .test(.transient, "UNABLE_TO_LOCK_ROW") }
                return nil
            }
        }
        driver.run(for: .seconds(60))
        #expect(driver.last(1, of: configuration)?.failedReason == "POISON")
        #expect(driver.last(2, of: configuration)?.isDelivered == true)
        #expect(driver.deliveredCount(of: configuration) == 299)
        #expect(driver.jobSizes == [300])
    }

    @Test func whatAJobRefusesAndLeavesAloneHoldsTheConfiguration() {
        var driver = driver { driver in
            driver.org.unprocessed = Set((0..<50).flatMap { driver.org.people["p\($0)"] ?? [] }.map(\.id))
            driver.org.itemFault = { call, _ in
                if case .check = call.request { .test(.configuration, "INVALID_FIELD") } else { nil }
            }
        }
        driver.run(for: .seconds(30))
        guard case .held("INVALID_FIELD", _, _, _) = driver.conditions.last?.condition else {
            Issue.record("not held: \(driver.conditions)")
            return
        }
        #expect(driver.outcomes.values.allSatisfy { $0.last?.result == .released })
        driver.org.itemFault = { _, _ in nil }
        driver.run(for: .seconds(120))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(driver.violations == [])
    }

    @Test func anOrgWithoutJobsIsWrittenToByCallsAndNotAskedAgainSoon() {
        var driver = driver {
            $0.org.wholeFault = { call, _ in
                if case .openJob = call.request { return .test(.configuration, "API_DISABLED_FOR_ORG") }
                return nil
            }
        }
        driver.run(for: .seconds(60))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .bulk) == 1)
        #expect(driver.conditions.isEmpty)
        #expect(driver.violations == [])
    }

    @Test(arguments: [false, true])
    func anUploadWithoutAnAnswerIsAskedFor(isUploaded: Bool) {
        var driver = driver {
            $0.org.wholeFault = { call, _ in
                if case .upload = call.request { return .test(.transient, mayHaveBeenWritten: isUploaded) }
                return nil
            }
        }
        driver.run(for: .seconds(60))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .update) == (isUploaded ? 0 : 2))
        #expect(driver.org.jobs.values.allSatisfy { $0.isOver })
        #expect(driver.jobs.isEmpty)
        #expect(driver.violations == [])
    }

    @Test func aJobThatTheOrgForgotGivesItsSubjectsBack() {
        var driver = driver { $0.org.checksUntilOver = 100 }
        driver.run(for: .seconds(5))
        driver.org.jobs = [:]
        driver.run(for: .seconds(120))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .update) == 2)
    }

    @Test func anOutageWhileTheJobRunsLosesNothing() {
        let outage = Outage()
        outage.failure = nil
        var driver = driver {
            $0.org.wholeFault = { _, _ in outage.failure }
            $0.org.checksUntilOver = 2
        }
        driver.run(for: .seconds(2))
        #expect(driver.jobs.count == 1)
        outage.failure = .test(.transient, "CONNECTION_REFUSED")
        driver.run(for: .seconds(3_600))
        #expect(driver.deliveredCount(of: configuration) == 0)
        outage.failure = nil
        driver.run(for: .seconds(200))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .update) == 0)
        #expect(driver.violations == [])
    }

    @Test func aJobThatNeverEndsIsStoppedAfterAQuarterOfAnHour() {
        var driver = driver { $0.org.checksUntilOver = .max }
        driver.run(for: .seconds(14 * 60))
        #expect(driver.started.count(where: \.isAbortion) == 0)
        #expect(driver.deliveredCount(of: configuration) == 0)
        driver.run(for: .seconds(3 * 60))
        #expect(driver.started.count(where: \.isAbortion) == 1)
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(calls(driver, .update) == 2)
        #expect(driver.jobs.isEmpty)
        #expect(driver.violations == [])
    }

    @Test func aDenialForSomeoneInTheJobStopsItAfterAMinute() {
        var driver = driver { $0.org.checksUntilOver = .max }
        driver.run(for: .seconds(5))
        driver.publish([PlanDriver.Person(slot: 7, name: "p7")], to: configuration)
        driver.run(for: .seconds(120))
        #expect(driver.started.count(where: \.isAbortion) == 0)
        driver.publish([PlanDriver.Person(slot: 8, name: "p8", isWithdrawal: true)], to: configuration)
        driver.run(for: .seconds(60))
        #expect(driver.started.count(where: \.isAbortion) == 1)
        #expect(driver.deliveredCount(of: configuration) == 300)
        let record = driver.org.people["p8"]?.first?.id ?? ""
        #expect(driver.org.values[record]?["Field_\(configuration.id)"] == "2")
        #expect(driver.violations == [])
    }

    /// What it writes after all must not follow anything newer.
    @Test func aJobThatDoesNotStopKeepsItsPeopleUntilItIsOver() {
        var driver = driver {
            $0.org.checksUntilOver = 60
            $0.org.ignoresStops = true
        }
        driver.run(for: .seconds(5))
        driver.publish([PlanDriver.Person(slot: 8, name: "p8", isWithdrawal: true)], to: configuration)
        driver.run(for: .seconds(20 * 60))
        #expect(driver.started.count(where: \.isAbortion) == 1)
        #expect(driver.deliveredCount(of: configuration) == 0)
        driver.run(for: .seconds(20 * 60))
        #expect(driver.deliveredCount(of: configuration) == 300)
        let told = driver.outcomes[SubjectKey(configuration: configuration.id, slot: 8)] ?? []
        #expect(told.map(\.through.rawValue) == [1, 2])
        #expect(driver.violations == [])
    }

    @Test func aStopWithoutAnAnswerIsRepeated() {
        let outage = Outage()
        var driver = driver {
            $0.org.checksUntilOver = .max
            $0.org.wholeFault = { call, _ in if case .abort = call.request { outage.failure } else { nil } }
        }
        driver.run(for: .seconds(17 * 60))
        #expect(driver.started.count(where: \.isAbortion) > 1)
        #expect(driver.deliveredCount(of: configuration) == 0)
        outage.failure = nil
        driver.run(for: .seconds(3 * 60))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(driver.violations == [])
    }

    @Test func aDeletedConfigurationLetsGoOfItsJob() {
        var driver = driver { $0.org.checksUntilOver = 100 }
        driver.run(for: .seconds(5))
        driver.plan.configuration(configuration.id, status: nil, at: driver.now)
        driver.run(for: .seconds(60))
        #expect(driver.plan.statistics(at: driver.now).orgs.allSatisfy { $0.callsInFlight == 0 })
        let told = driver.outcomes[SubjectKey(configuration: configuration.id, slot: 0)] ?? []
        #expect(told.map(\.result) == [.released])
    }

    /// The process ends after each step in turn, before and after the job is over.
    @Test(arguments: 0..<24)
    func aRestartAtAnyMomentWritesEverythingAndNothingTwiceAtOnce(moment: Int) {
        var driver = driver { $0.org.checksUntilOver = 3 }
        for _ in 0..<moment { _ = driver.runToNextMoment() }
        driver.restart(with: [configuration])
        driver.publish([PlanDriver.Person(slot: 3, name: "p3", isWithdrawal: true)], to: configuration)
        driver.run(for: .seconds(600))
        #expect(driver.deliveredCount(of: configuration) == 300)
        #expect(driver.violations == [])
        #expect(driver.jobs.isEmpty)
        let record = driver.org.people["p3"]?.first?.id ?? ""
        #expect(driver.org.values[record]?["Field_\(configuration.id)"] == "2")
    }
}

extension PlanDriver.Started {
    fileprivate var isAbortion: Bool { if case .abort = call.request { true } else { false } }

    fileprivate var isUpload: Bool { if case .upload = call.request { true } else { false } }
}

/// Why every call fails at the moment; a class, since the org's closure looks at it.
private final class Outage {
    var failure: Failure? = .test(.transient, "CONNECTION_REFUSED")
}
