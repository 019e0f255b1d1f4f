import Journal
import Synchronization
import SystemPackage

extension SimulatedFiles {
    /// Everything the simulated machine knows.
    struct State: Sendable {
        var random: SplitMix64
        var inodes: [Inode] = []
        var directories: [String: Directory] = ["/": Directory()]
        var callCount = 0
        /// The call after which the machine is off.
        var offAfterCall: Int?
        var isOff = false
        /// The call that fails, and how.
        var failure: Failure?
        var syncsAreIgnored = false
        var freeByteCount = 1 << 40
        var writeByteCountMax = Int.max
        var writeCount = 0
        var syncCount = 0
        /// Counts the changes of files and directories, durable or not.
        var changeCount = 0
        /// Sees the machine after each of these; nil where nobody looks.
        var onChange: (@Sendable (State) -> Void)?

        struct Failure: Sendable {
            var call: Call
            /// How many calls of that kind succeed before.
            var successes: Int
            var errno: Errno
            var isForever = false
        }

        mutating func count(_ call: Call) throws(Errno) {
            guard !isOff else { throw .ioError }
            callCount += 1
            if let limit = offAfterCall, callCount > limit {
                isOff = true
                throw .ioError
            }
            if call == .write { writeCount += 1 }
            if call == .sync { syncCount += 1 }
            guard let failure, failure.call == call else { return }
            if failure.successes > 0 {
                self.failure?.successes -= 1
                return
            }
            if !failure.isForever { self.failure = nil }
            throw failure.errno
        }

        /// How many things each are on the disk or not when the power goes now.
        var doubtCount: Int {
            inodes.reduce(0) { $0 + $1.doubtCount } + directories.values.reduce(0) { $0 + $1.pending.count }
        }

        /// Takes the power away and gives it back.
        mutating func crash(_ survival: Survival) {
            var survival = survival
            for index in inodes.indices { inodes[index].crash(&survival) }
            for path in directories.keys.sorted() { directories[path]?.crash(&survival) }
            isOff = false
            offAfterCall = nil
            failure = nil
        }
    }

    /// A file's bytes as programs see them and as the disk has them.
    struct Inode: Sendable {
        var current: [UInt8] = []
        var durable: [UInt8] = []
        var dirtySectors: Set<Int> = []
        var owner: ObjectIdentifier?

        mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
            if current.count < offset + bytes.count { resize(offset + bytes.count) }
            current.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            guard !bytes.isEmpty else { return }
            let size = SimulatedFiles.sectorByteCount
            dirtySectors.formUnion(offset / size...(offset + bytes.count - 1) / size)
        }

        mutating func resize(_ byteCount: Int) {
            if byteCount < current.count {
                current.removeLast(current.count - byteCount)
            } else {
                current += [UInt8](repeating: 0, count: byteCount - current.count)
            }
        }

        mutating func sync() {
            fit(current.count)
            for sector in dirtySectors { keep(sector) }
            dirtySectors = []
        }

        /// How many things each are on the disk or not when the power goes now.
        var doubtCount: Int {
            dirtySectors.count + (current.count != durable.count ? 1 : 0)
        }

        /// What is left after the power came back.
        mutating func crash(_ survival: inout Survival) {
            survival.beginFile()
            if current.count != durable.count, survival.next() { fit(current.count) }
            for sector in dirtySectors.sorted() where survival.next() { keep(sector) }
            dirtySectors = []
            current = durable
            owner = nil
        }

        private mutating func fit(_ byteCount: Int) {
            if byteCount < durable.count {
                durable.removeLast(durable.count - byteCount)
            } else {
                durable += [UInt8](repeating: 0, count: byteCount - durable.count)
            }
        }

        private mutating func keep(_ sector: Int) {
            let start = sector * SimulatedFiles.sectorByteCount
            let end = min(start + SimulatedFiles.sectorByteCount, current.count)
            guard start < end else { return }
            if durable.count < end { fit(end) }
            durable.replaceSubrange(start..<end, with: current[start..<end])
        }
    }

    /// A directory's entries now, on disk, and what lies between.
    struct Directory: Sendable {
        var entries: [String: Int] = [:]
        var durable: [String: Int] = [:]
        var pending: [Change] = []

        enum Change: Sendable {
            case add(String, Int)
            case remove(String)
            case rename(String, String, Int)
        }

        mutating func apply(_ change: Change) {
            Self.apply(change, to: &entries)
            pending.append(change)
        }

        mutating func sync() {
            durable = entries
            pending = []
        }

        /// Each change is kept or lost on its own.
        mutating func crash(_ survival: inout Survival) {
            survival.beginDirectory()
            for change in pending where survival.next() { Self.apply(change, to: &durable) }
            entries = durable
            pending = []
        }

        private static func apply(_ change: Change, to entries: inout [String: Int]) {
            switch change {
            case .add(let name, let number): entries[name] = number
            case .remove(let name): entries[name] = nil
            case .rename(let old, let new, let number):
                // It is this file that gets the name, whatever else of the directory is on the disk.
                if entries[old] == number { entries[old] = nil }
                entries[new] = number
            }
        }
    }
}

extension SimulatedFiles {
    /// Decides, thing by thing, what of all that was not synced is on the disk when the power goes.
    struct Survival {
        /// The decisions to come, lowest bit first; nil where they are drawn.
        private var decisions: UInt64?
        private var random: SplitMix64
        private var share = 1

        /// Draws each decision.
        init(drawnFrom random: SplitMix64) {
            self.random = random
        }

        /// Takes one of all possible ways in which at most 64 decisions can come out.
        init(decisions: UInt64) {
            self.decisions = decisions
            random = SplitMix64(state: 0)
        }

        /// Keeping none, all, or some of a file is each worth its own share of the cases.
        mutating func beginFile() {
            if decisions == nil { share = Int.random(in: 0...2, using: &random) }
        }

        mutating func beginDirectory() {
            share = 1
        }

        mutating func next() -> Bool {
            if let rest = decisions {
                decisions = rest >> 1
                return rest & 1 == 1
            }
            return share == 2 || (share == 1 && Bool.random(using: &random))
        }
    }

    /// Takes the power away and gives it back.
    func crash() {
        state.withLock { state in
            let seed = state.random.next()
            state.crash(Survival(drawnFrom: SplitMix64(state: seed)))
        }
    }

    /// The files of a directory, as programs see them.
    func contents(of directory: FilePath) -> [String: [UInt8]] {
        state.withLock { state in
            (state.directories[directory.string]?.entries ?? [:]).mapValues { state.inodes[$0].current }
        }
    }

    /// Makes a disk that holds these files durably.
    static func holding(_ contents: [String: [UInt8]], in directory: FilePath, seed: UInt64 = 1) -> SimulatedFiles {
        let files = SimulatedFiles(seed: seed)
        files.replace(contents, in: directory)
        return files
    }

    /// Puts other files in a directory, durably.
    func replace(_ contents: [String: [UInt8]], in directory: FilePath) {
        state.withLock { state in
            var made = Directory()
            for (name, bytes) in contents.sorted(by: { $0.key < $1.key }) {
                state.inodes.append(Inode(current: bytes, durable: bytes))
                made.entries[name] = state.inodes.count - 1
            }
            made.sync()
            state.directories[directory.string] = made
        }
    }
}
