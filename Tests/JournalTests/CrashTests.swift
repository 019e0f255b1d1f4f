import Glibc
import Synchronization
import Testing

@testable import Journal

/// Power cuts after every change, on a disk that keeps any part of what was not synced.
///
/// `CONSENTD_CRASH_SEEDS` explores so many journals instead, from `CONSENTD_CRASH_SEED` on.
struct CrashTests {
    /// Several are explored at once, each with seeds of its own.
    private static let blockCount: UInt64 = 16
    private static let seedsPerBlock = max(1, (number("CONSENTD_CRASH_SEEDS") ?? 112) / blockCount)
    private static let firstSeed = number("CONSENTD_CRASH_SEED") ?? 0
    /// What all blocks have come to.
    private static let total = Mutex((blocks: 0, tally: CrashExplorer.Tally()))

    /// The number of states that a run of all seeds must not fall below.
    private static let statesMin = 100_000

    @Test("Promise 1: what is acknowledged survives the loss of power at any change", arguments: 0..<blockCount)
    func nothingAcknowledgedIsEverLost(block: UInt64) {
        var found = CrashExplorer.Tally()
        let first = Self.firstSeed + block * Self.seedsPerBlock
        for seed in first..<first + Self.seedsPerBlock {
            let tally = CrashExplorer.run(seed: seed)
            #expect(tally.violationCount == 0, "seed \(seed): \(tally)")
            found += tally
        }
        let (blocks, tally) = Self.total.withLock { total in
            total.blocks += 1
            total.tally += found
            return total
        }
        guard blocks == Self.blockCount else { return }
        print(
            "power cuts, seeds \(Self.firstSeed) to \(Self.firstSeed + Self.blockCount * Self.seedsPerBlock - 1): \(tally)"
        )
        #expect(tally.torn > 0 && tally.healed > 0 && tally.snapshots > 0)
        if Self.number("CONSENTD_CRASH_SEEDS") == nil { #expect(tally.states >= Self.statesMin) }
    }

    // MARK: The harness can fail

    @Test func theHarnessSeesLossWhenSyncsDoNothing() {
        let seed = (0..<50 as Range<UInt64>).first {
            CrashExplorer.run(seed: $0, ignoringSyncs: true).violationCount > 0
        }
        print("control, syncs that do nothing: found with seed \(seed.map { "\($0)" } ?? "none")")
        #expect(seed != nil)
    }

    @Test func theHarnessSeesLossWhenTheLastFrameIsNotCarried() {
        var options = JournalOptions.small
        options.carriesLastFrame = false
        let seed = (0..<200 as Range<UInt64>).first { CrashExplorer.run(seed: $0, options: options).violationCount > 0 }
        print("control, no copy of the last batch at a start: found with seed \(seed.map { "\($0)" } ?? "none")")
        #expect(seed != nil)
    }

    private static func number(_ name: String) -> UInt64? {
        // Safety: the text is copied before anything can change the environment.
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe UInt64(String(cString: text))
    }
}
