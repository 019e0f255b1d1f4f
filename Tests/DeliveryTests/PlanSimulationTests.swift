import Consent
import Delivery
import Testing

/// Drives the plan through thousands of random steps with every kind of fault, then lets the faults end and compares.
struct PlanSimulationTests {
    @Test(.timeLimit(.minutes(1)), arguments: 1...16 as ClosedRange<UInt64>)
    func everySubjectEndsWhereTheModelDemands(seed: UInt64) {
        var simulation = Simulation(seed: seed)
        simulation.run(steps: 400)
        simulation.settle(isRepublishing: seed.isMultiple(of: 2))
        let report = simulation.differences().prefix(5).joined(separator: "; ")
        #expect(report.isEmpty, "seed \(seed): \(report)")
    }

    @Test func jobsArePartOfTheSimulation() {
        let jobs = (1...6 as ClosedRange<UInt64>).map { seed in
            var simulation = Simulation(seed: seed)
            simulation.run(steps: 200)
            return simulation.driver.jobSizes.count
        }
        #expect(jobs.reduce(0, +) > 0)
    }

    @Test func theSameSeedGivesTheSameCalls() {
        let runs = (0..<2).map { _ in
            var simulation = Simulation(seed: 99)
            simulation.run(steps: 200)
            return simulation.driver.started.map(\.call)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count > 50)
    }
}

private struct Simulation {
    var driver: PlanDriver
    private var generator: SeededGenerator
    private let faults: FaultBox
    private var wasRepublished = false
    private let configurations = [
        Configuration.test(1, recordKind: .contact),
        Configuration.test(2, recordKind: .contact, upsertMode: true),
        Configuration.test(3, clientID: "second", recordKind: .contact, upsertMode: true),
        Configuration.test(4, origin: "https://other.my.salesforce.com", recordKind: .contact),
    ]
    private static let people: UInt32 = 300
    /// Its record makes the org refuse the whole call.
    private static let poison: UInt32 = 7
    /// Its record is refused alone.
    private static let refused: UInt32 = 10
    private static let converted: UInt32 = 9

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        var options = DeliveryOptions()
        // So few that jobs are common.
        options.bulkThreshold = 12
        options.bulkPause = .seconds(60)
        driver = PlanDriver(options: options, seed: seed)
        faults = FaultBox(seed: seed &+ 1)
        // Two thirds have a record, some several, siblings under few parents.
        for slot in 0..<Self.people where slot % 3 != 2 {
            let parent = slot % 2 == 0 ? "A\(slot % 11)" : nil
            driver.org.add("p\(slot)", records: slot % 20 == 1 ? 3 : 1, parent: parent)
        }
        driver.org.converted = ["p\(Self.converted)"]
        driver.org.commitsLostCreations = true
        let poison = driver.org.people["p\(Self.poison)"]?.first?.id ?? ""
        let refused = driver.org.people["p\(Self.refused)"]?.first?.id ?? ""
        let faults = faults
        driver.org.wholeFault = { call, _ in
            if case .update(let writes) = call.request, writes.contains(where: { $0.recordID == poison }) {
                return .test(.batch, "POISON")
            }
            return faults.whole(call)
        }
        driver.org.itemFault = { call, item in
            if case .find = call.request { return nil }
            if case .check = call.request, item == poison { return .test(.record, "POISON") }
            return item == refused ? .test(.record, "REFUSED") : faults.item(call)
        }
        driver.latency = { _ in faults.latency() }
        driver.takeLatency = { faults.takeLatency() }
        // Where records are remembered, few subjects gather for a job.
        if seed.isMultiple(of: 3) { driver.org.remembers = { _ in faults.remembers() } }
        for configuration in configurations { driver.configure(configuration) }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            let configuration = configurations[Int.random(in: 0..<configurations.count, using: &generator)]
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<10:
                let count = Int.random(in: 1...30, using: &generator)
                let people = (0..<count).map { _ in
                    let slot = UInt32.random(in: 0..<Self.people, using: &generator)
                    let isWithdrawal = Bool.random(using: &generator)
                    return PlanDriver.Person(slot: slot, name: "p\(slot)", isWithdrawal: isWithdrawal)
                }
                driver.publish(people, to: configuration)
            case 10: set(FaultBox.Mood.allCases.randomElement(using: &generator) ?? .calm)
            case 11..<13: set(.calm)
            case 13: driver.run(for: .seconds(Int.random(in: 1...400, using: &generator)))
            default: driver.run(for: .milliseconds(Int.random(in: 1...3_000, using: &generator)))
            }
        }
    }

    /// Ends all faults and waits longer than anything is ever postponed.
    mutating func settle(isRepublishing: Bool) {
        set(.calm)
        wasRepublished = isRepublishing
        for configuration in configurations where isRepublishing {
            let people = (0..<Self.people).map { PlanDriver.Person(slot: $0, name: "p\($0)") }
            driver.publish(people, to: configuration)
        }
        driver.run(for: .seconds(4 * 3_600))
    }

    private mutating func set(_ mood: FaultBox.Mood) {
        faults.mood = mood
        driver.org.usage = APIUsage(used: mood == .scarce ? 97 : 10, limit: 100)
        driver.org.checksUntilOver = Int.random(in: 0...5, using: &generator)
    }

    func differences() -> [String] {
        var differences = driver.violations
        for configuration in configurations {
            for slot in 0..<Self.people {
                if let difference = difference(slot, configuration) {
                    differences.append("\(configuration.id) p\(slot): \(difference)")
                }
            }
        }
        for (person, records) in driver.org.people {
            let slot = UInt32(person.dropFirst()) ?? 0
            let expected = slot % 20 == 1 && slot % 3 != 2 ? 3 : 1
            if records.count != expected { differences.append("\(person) has \(records.count) records") }
        }
        let statistics = driver.plan.statistics(at: driver.now)
        for (id, state) in statistics.configurations where state.waiting + state.active + state.callsInFlight > 0 {
            differences.append("\(id) is not done: \(state.waiting) waiting, \(state.active) active")
        }
        return differences
    }

    private func difference(_ slot: UInt32, _ configuration: Configuration) -> String? {
        let key = SubjectKey(configuration: configuration.id, slot: slot)
        if driver.accepted(key) == 0 { return nil }
        guard let told = driver.outcomes[key]?.last else { return "nothing told" }
        guard told.through.rawValue == driver.accepted(key) else { return "the newest event is not covered" }
        if slot == Self.converted { return told.result.skippedReason == "CONVERTED_LEAD" ? nil : "\(told.result)" }
        if slot == Self.poison { return told.result.failedReason == "POISON" ? nil : "\(told.result)" }
        if slot == Self.refused { return told.result.failedReason == "REFUSED" ? nil : "\(told.result)" }
        guard let records = driver.org.people["p\(slot)"] else {
            let isRight = !configuration.upsertMode && told.result.skippedReason == "NO_MATCH"
            return isRight ? nil : "no record, \(told.result)"
        }
        // A person may have been created by another configuration after the last lookup.
        if told.result.skippedReason == "NO_MATCH", slot % 3 == 2, !configuration.upsertMode { return nil }
        // A record that was said to be gone twice counts as missing, until the next event.
        if told.result.skippedReason == "NO_MATCH", !wasRepublished, !configuration.upsertMode { return nil }
        guard told.result.isDelivered else { return "\(told.result)" }
        let expected = String(driver.accepted(key))
        let field = "Field_\(configuration.id)"
        let isWritten = records.allSatisfy { driver.org.values[$0.id]?[field] == expected }
        return isWritten ? nil : "a record does not hold the newest choice"
    }
}

/// What goes wrong at the moment; a class, since the org's closures look at it.
private final class FaultBox {
    var mood = Mood.calm
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    func whole(_ call: DeliveryCall) -> Failure? {
        switch mood {
        case .calm, .locks, .scarce: return nil
        case .outage: return .test(.transient, "CONNECTION_REFUSED")
        case .flapping: return oneIn(2) ? .test(.transient, mayHaveBeenWritten: true) : nil
        case .paused: return .test(.orgPause, "REQUEST_LIMIT_EXCEEDED")
        case .misconfigured:
            return call.configuration.id.ordinal == 2 ? .test(.configuration, "INVALID_FIELD") : nil
        case .sick: return call.configuration.id.ordinal == 1 ? .test(.transient) : nil
        case .cancelling: return oneIn(3) ? .test(.cancelled) : nil
        }
    }

    func item(_ call: DeliveryCall) -> Failure? {
        guard mood == .locks else { return nil }
        if oneIn(4) { return .test(.transient, "UNABLE_TO_LOCK_ROW") }
        // Said twice of a record that is there, it would rightly make a second one.
        return oneIn(20) && !call.configuration.upsertMode ? .test(.repairable) : nil
    }

    func latency() -> Duration {
        .milliseconds(Int.random(in: 1...(oneIn(20) ? 20_000 : 300), using: &generator))
    }

    func takeLatency() -> Duration {
        .milliseconds(Int.random(in: 0...(oneIn(20) ? 5_000 : 20), using: &generator))
    }

    func remembers() -> Bool { oneIn(2) }

    private func oneIn(_ count: Int) -> Bool {
        Int.random(in: 0..<count, using: &generator) == 0
    }

    enum Mood: CaseIterable {
        case calm
        case outage
        case flapping
        case locks
        case paused
        case misconfigured
        case sick
        case cancelling
        /// The daily allocation is nearly used up.
        case scarce
    }
}
