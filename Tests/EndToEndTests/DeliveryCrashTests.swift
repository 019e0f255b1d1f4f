import Glibc
import JSON
import TestSupport
import Testing

/// Kills the daemon again and again while it delivers to a failing org, and compares what is left with what was acknowledged.
///
/// `CONSENTD_CRASH_KILLS` and `CONSENTD_CRASH_SEED` make a longer run, or the same one again.
@Suite struct DeliveryCrashTests {
    @Test(.timeLimit(.minutes(30)))
    func theOrgHoldsTheMergeOfAllAcknowledgedEventsAfterAnyKills() async throws {
        let kills = Self.number("CONSENTD_CRASH_KILLS") ?? 20
        let seed = Self.number("CONSENTD_CRASH_SEED").map(UInt64.init) ?? UInt64.random(in: 0..<1 << 40)
        var run = try await CrashRun.start(seed: seed)
        for _ in 0..<kills { try await run.round() }
        let differences = try await run.settle()
        print("\(kills) kills, seed \(seed): \(run.summary)")
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5).joined(separator: "; "))")
    }

    private static func number(_ name: String) -> Int? {
        // Safety: the text is copied before anything can change the environment.
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe Int(String(cString: text))
    }

    // MARK: The comparison can fail

    private static let model: CrashModel = {
        var model = CrashModel()
        let choices = [("tFyHkpl", true), ("hJ3kQ2a", false)].map { [$0.0: $0.1] }
        model.add(CrashModel.Event(id: "a", person: "p", moment: 2, choices: choices[0]))
        model.add(CrashModel.Event(id: "b", person: "p", moment: 1, choices: ["tFyHkpl": false]))
        model.add(CrashModel.Event(id: "c", person: "q", moment: 1, choices: ["tFyHkpl": false, "hJ3kQ2a": true]))
        model.add(CrashModel.Event(id: "d", person: "q", moment: 1, choices: ["tFyHkpl": true]))
        return model
    }()
    private static let right: [String: [JSONValue]] = [
        "p": [["Newsletter__c": true]], "q": [["Newsletter__c": false, "Phone_OptIn__c": true]],
    ]

    @Test func theMergeOfAllEventsIsNoDifference() {
        #expect(Self.model.differences(from: Self.right).isEmpty)
    }

    enum Damage: CaseIterable { case lost, doubled, flipped, stale }

    @Test(arguments: Damage.allCases)
    func anyDamageIsADifference(damage: Damage) {
        var records = Self.right
        switch damage {
        case .lost: records["p"] = nil
        case .doubled: records["p", default: []].append(["Newsletter__c": true])
        case .flipped: records["q"] = [["Newsletter__c": true, "Phone_OptIn__c": true]]
        case .stale: records["p"] = [["Newsletter__c": false]]
        }
        #expect(Self.model.differences(from: records).count == 1)
    }
}
