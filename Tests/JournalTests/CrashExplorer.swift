import Synchronization
import SystemPackage

@testable import Journal

/// Lives of a journal on the simulated disk: the power is cut after every change it makes, each time with many
/// different parts of what was not synced on the disk, and what a start would find there is compared.
struct CrashExplorer {
    /// What was found.
    struct Tally: Equatable, CustomStringConvertible {
        /// Disks that were looked at.
        var states = 0
        /// Disks on which something is missing that was acknowledged.
        var lost = 0
        /// Disks that hold something that was never written.
        var invented = 0
        /// Disks that are refused although only the power was cut.
        var refused = 0
        /// Disks whose last frame was read from its copy.
        var healed = 0
        /// Disks that end in half a frame.
        var torn = 0
        /// Disks that begin with a snapshot.
        var snapshots = 0
        /// Why the first was refused.
        var refusal: String?

        var violationCount: Int { lost + invented + refused }

        var description: String {
            "\(states) states, \(lost) lost, \(invented) invented, \(refused) refused; \(torn) torn, \(healed) healed, "
                + "\(snapshots) with a snapshot" + (refusal.map { "; \($0)" } ?? "")
        }

        static func += (left: inout Tally, right: Tally) {
            left.states += right.states
            left.lost += right.lost
            left.invented += right.invented
            left.refused += right.refused
            left.healed += right.healed
            left.torn += right.torn
            left.snapshots += right.snapshots
        }
    }

    private(set) var tally = Tally()
    private var random: SplitMix64
    private let files: SimulatedFiles
    private let options: JournalOptions
    private let key: KeyEncryptionKey?
    private let takesSnapshots: Bool
    /// Whatever a commit returned for, or a start has shown.
    private var acknowledged: [[UInt8]] = []
    /// That, and what a commit that has not returned was to add.
    private var written: [[UInt8]] = []
    private let moments = Moments()

    init(seed: UInt64, options: JournalOptions = .small, ignoringSyncs: Bool = false) {
        random = SplitMix64(state: seed)
        files = SimulatedFiles(seed: seed ^ 0x5EED)
        var options = options
        options.preparation = Bool.random(using: &random) ? .never : .immediate
        options.firstFillBytes = Bool.random(using: &random) ? 0 : 6_000
        self.options = options
        // Opening the keys is slow where nothing is optimized.
        key = Int.random(in: 0..<16, using: &random) == 0 ? .random() : nil
        takesSnapshots = Bool.random(using: &random)
        files.state.withLock { [moments] state in
            state.syncsAreIgnored = ignoringSyncs
            state.onChange = { moments.add($0) }
        }
    }

    /// Explores a few lives of one journal.
    static func run(
        seed: UInt64,
        lives: Int = 3,
        options: JournalOptions = .small,
        ignoringSyncs: Bool = false
    ) -> Tally {
        var explorer = CrashExplorer(seed: seed, options: options, ignoringSyncs: ignoringSyncs)
        for _ in 0..<lives where explorer.tally.violationCount == 0 { explorer.live() }
        return explorer.tally
    }

    /// One process, from its start to a clean end, a failed sync, or the loss of power.
    private mutating func live() {
        let failsSync = Int.random(in: 0..<3, using: &random) == 0
        if failsSync {
            let failure = SimulatedFiles.State.Failure(
                call: .sync,
                successes: Int.random(in: 0..<12, using: &random),
                errno: .ioError,
                isForever: Bool.random(using: &random)
            )
            files.state.withLock { $0.failure = failure }
        }
        moments.expect(acknowledged, written: written)
        do throws(JournalError) {
            let (journal, _, found) = try open(files)
            // Whatever a start has shown to its caller counts as acknowledged from then on.
            (acknowledged, written) = (found, found)
            try work(journal)
            try journal.close()
        } catch {
            if case .corrupt = error {
                tally.refused += 1
                tally.refusal = tally.refusal ?? "\(error)"
            }
            // Otherwise the failed sync ended this life.
        }
        for moment in moments.takeAll() { explore(moment) }
        files.state.withLock { $0.failure = nil }
        // A process that dies of a failed sync leaves the page cache behind, which still shows its last write.
        if !failsSync || Bool.random(using: &random) { files.crash() }
    }

    private mutating func work(_ journal: Journal) throws(JournalError) {
        for _ in 0..<Int.random(in: 0...14, using: &random) {
            let bodies = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                let filling = UInt8.random(in: 1...255, using: &random)
                return [UInt8](repeating: filling, count: Int.random(in: 0...240, using: &random))
            }
            written = acknowledged + bodies
            moments.expect(acknowledged, written: written)
            var batch = journal.makeBatch()
            for body in bodies { try batch.append(RecordKind(rawValue: 1)) { $0 += body } }
            try journal.commit(&batch)
            acknowledged = written
            moments.expect(acknowledged, written: written)
            guard takesSnapshots, Int.random(in: 0..<10, using: &random) == 0 else { continue }
            var writer = try journal.beginSnapshot()
            for body in acknowledged { try writer.append(RecordKind(rawValue: 1)) { $0 += body } }
            try journal.adopt(try writer.finish(), keepingPrevious: Bool.random(using: &random))
            if Bool.random(using: &random) { try journal.dropPrevious() }
        }
    }

    /// Cuts the power at one moment, in all ways where these are few, else in as many.
    private mutating func explore(_ moment: Moment) {
        let doubtCount = moment.machine.doubtCount
        if doubtCount <= Self.exhaustiveDoubtCount {
            for decisions in 0..<UInt64(1) << UInt64(doubtCount) {
                look(at: moment, .init(decisions: decisions))
            }
        } else {
            for _ in 0..<1 << Self.exhaustiveDoubtCount {
                look(at: moment, .init(drawnFrom: SplitMix64(state: random.next())))
            }
        }
    }

    private mutating func look(at moment: Moment, _ survival: SimulatedFiles.Survival) {
        var machine = moment.machine
        machine.crash(survival)
        let isCreated = machine.directories[journalPath.string]?.entries[JournalName.manifest] != nil
        // Every journal is created in the same way, and looking there is slow.
        guard isCreated || Int.random(in: 0..<6, using: &random) == 0 else { return }
        tally.states += 1
        do throws(JournalError) {
            let (report, found) = try find(machine)
            tally.torn += report.tornTail == nil ? 0 : 1
            tally.healed += report.healedFrameCount > 0 ? 1 : 0
            tally.snapshots += report.snapshot == nil ? 0 : 1
            if !found.starts(with: moment.acknowledged) { tally.lost += 1 }
            if !moment.written.starts(with: found) { tally.invented += 1 }
        } catch {
            tally.refused += 1
            tally.refusal = tally.refusal ?? "\(error)"
        }
    }

    /// What a start finds; one in sixteen does start and commits, and the next finds that too.
    private mutating func find(
        _ machine: SimulatedFiles.State
    ) throws(JournalError) -> (RecoveryReport, [[UInt8]]) {
        let entries = machine.directories[journalPath.string]?.entries ?? [:]
        guard entries[JournalName.manifest] != nil, tally.states % 16 != 0 else {
            let disk = SimulatedFiles(machine)
            let (journal, report, found) = try open(disk)
            var batch = journal.makeBatch()
            try batch.append(RecordKind(rawValue: 1)) { $0.append(7) }
            try journal.commit(&batch)
            let later = try open(SimulatedFiles(disk.state.withLock { $0.withoutLocks })).found
            if later != found + [[7]] { tally.lost += 1 }
            return (report, found)
        }
        let record = Found()
        // Without the detour over paths, which takes most of the time where nothing is optimized.
        var reader = HistoryReader { name, limit throws(JournalError) in
            guard let number = entries[name] else { throw .io(.noSuchFileOrDirectory, during: "open \(name)") }
            let bytes = machine.inodes[number].current
            return limit.map { Array(bytes.prefix($0)) } ?? bytes
        }
        reader.access = .key(key)
        return (try reader.load(names: Array(entries.keys), record.replay).report, record.bodies)
    }

    private func open(
        _ files: SimulatedFiles
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport, found: [[UInt8]]) {
        let record = Found()
        let (journal, report) = try Journal.open(
            journalPath,
            options: options,
            key: key,
            files: files,
            replay: record.replay
        )
        return (journal, report, record.bodies)
    }

    /// Up to so many decisions are tried in each combination.
    private static let exhaustiveDoubtCount = 4

    /// The machine right after a change, and what its journal must and may hold.
    private struct Moment: Sendable {
        var machine: SimulatedFiles.State
        var acknowledged: [[UInt8]]
        var written: [[UInt8]]
    }

    /// Collects the moments of one life; used under the machine's lock or between its calls, on one thread.
    private final class Moments: Sendable {
        private let content = Mutex<(moments: [Moment], acknowledged: [[UInt8]], written: [[UInt8]])>(([], [], []))

        func expect(_ acknowledged: [[UInt8]], written: [[UInt8]]) {
            content.withLock { ($0.acknowledged, $0.written) = (acknowledged, written) }
        }

        func add(_ machine: SimulatedFiles.State) {
            content.withLock { content in
                content.moments.append(
                    Moment(machine: machine, acknowledged: content.acknowledged, written: content.written)
                )
            }
        }

        func takeAll() -> [Moment] {
            content.withLock { content in
                defer { content.moments = [] }
                return content.moments
            }
        }
    }

    /// The bodies that a history consists of, those of its snapshot first.
    private final class Found {
        private(set) var bodies: [[UInt8]] = []

        var replay: Replay {
            let handler: RecordHandler = { _, _, body in
                self.bodies.append(unsafe body.withUnsafeBytes { unsafe Array($0) })
            }
            return Replay(snapshot: handler, log: handler)
        }
    }
}

extension SimulatedFiles.State {
    /// The machine as the next process finds it.
    fileprivate var withoutLocks: Self {
        var machine = self
        for index in machine.inodes.indices { machine.inodes[index].owner = nil }
        return machine
    }
}
