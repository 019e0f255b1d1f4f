import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// Power cuts at every call, on a disk that keeps any part of what was not synced.
@Suite struct CrashTests {
    /// What one run of power cuts came to.
    struct Tally: Equatable {
        var states = 0
        var lost = 0
        var refused = 0
        var healed = 0
        var torn = 0
    }

    /// An optimized build explores fifty times as many states in the same time; CONSENTD_EXHAUSTIVE=1 asks for as many.
    #if DEBUG
    static let seedsPerBlock: UInt64 = unsafe getenv("CONSENTD_EXHAUSTIVE") == nil ? 10 : 1_000
    #else
    static let seedsPerBlock: UInt64 = 1_000
    #endif

    /// States explored in this process.
    static let explored = Mutex(0)

    /// Runs lives of a journal, each ended by a power cut or by a failed sync, and compares after each start.
    static func run(
        seed: UInt64,
        lives: Int,
        options: JournalOptions = .small,
        ignoringSyncs: Bool = false
    ) -> Tally {
        var random = SplitMix64(state: seed)
        let files = SimulatedFiles(seed: seed ^ 0x5EED)
        files.state.withLock { $0.syncsAreIgnored = ignoringSyncs }
        var options = options
        options.preparation = Bool.random(using: &random) ? .never : .immediate
        options.firstFillBytes = Bool.random(using: &random) ? 0 : 6_000
        var tally = Tally()
        var acknowledged = History()
        for _ in 0..<lives {
            let failsSync = Int.random(in: 0..<4, using: &random) == 0
            files.state.withLock { state in
                if failsSync {
                    state.failure = .init(
                        call: .sync,
                        successes: Int.random(in: 0..<12, using: &random),
                        errno: .ioError,
                        isForever: Bool.random(using: &random)
                    )
                } else {
                    state.offAfterCall = state.callCount + Int.random(in: 0..<120, using: &random)
                }
            }
            do {
                let (journal, report, replayed) = try Journal.open(journalPath, options, files)
                tally.states += 1
                tally.healed += report.healedFrameCount
                tally.torn += report.tornTail == nil ? 0 : 1
                let known = acknowledged.records
                let isWhole = replayed.records.starts(with: known)
                if !isWhole { tally.lost += 1 }
                // Whatever a start has shown to its caller counts as acknowledged from then on.
                acknowledged = replayed
                try live(journal, &random, &acknowledged)
                try journal.close()
            } catch JournalError.corrupt, JournalError.unsupported {
                tally.refused += 1
                return tally
            } catch {
                // The power cut or the failed sync ended this life.
            }
            if failsSync {
                files.state.withLock { $0.failure = nil }
                // A process that dies of a failed sync leaves the page cache behind, which still shows its last write.
                if Bool.random(using: &random) { continue }
            }
            files.crash()
        }
        return tally
    }

    private static func live(
        _ journal: Journal,
        _ random: inout SplitMix64,
        _ acknowledged: inout History
    ) throws {
        for _ in 0..<Int.random(in: 0...25, using: &random) {
            let bodies = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...240, using: &random)).map { _ in UInt8.random(in: 1...255, using: &random) }
            }
            try journal.commit(bodies, to: &acknowledged)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func nothingAcknowledgedIsEverLost(block: UInt64) {
        var states = 0
        for seed in block * Self.seedsPerBlock..<(block + 1) * Self.seedsPerBlock {
            let tally = Self.run(seed: seed, lives: 6)
            #expect(tally.lost == 0, "seed \(seed)")
            #expect(tally.refused == 0, "seed \(seed)")
            states += tally.states
        }
        let total = Self.explored.withLock { total in
            total += states
            return total
        }
        print("states explored: \(total), seeds \(block * Self.seedsPerBlock) on")
    }

    @Test func theHarnessSeesLossWhenSyncsDoNothing() {
        let tallies = (0..<Self.seedsPerBlock).map { Self.run(seed: $0, lives: 6, ignoringSyncs: true) }
        #expect(tallies.contains { $0.lost > 0 || $0.refused > 0 })
    }

    @Test func theHarnessSeesLossWhenTheLastFrameIsNotCarried() {
        var options = JournalOptions.small
        options.carriesLastFrame = false
        let tallies = (0..<Self.seedsPerBlock * 20).map { Self.run(seed: $0, lives: 6, options: options) }
        #expect(tallies.contains { $0.lost > 0 || $0.refused > 0 })
    }

    @Test func theHarnessMeetsTornTailsAndHealedFrames() {
        let tallies = (0..<Self.seedsPerBlock * 5).map { Self.run(seed: $0, lives: 6) }
        #expect(tallies.contains { $0.torn > 0 })
        #expect(tallies.contains { $0.healed > 0 })
    }
}
