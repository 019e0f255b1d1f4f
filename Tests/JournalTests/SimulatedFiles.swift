import Journal
import Synchronization
import SystemPackage

/// A disk in memory that forgets what was not synced, lies after a failed sync, and fails when told to.
final class SimulatedFiles: JournalFiles {
    static let sectorByteCount = 512
    let state: Mutex<State>

    init(seed: UInt64 = 1) {
        state = Mutex(State(random: SplitMix64(state: seed)))
    }

    /// Goes on with a copy of another machine.
    init(_ machine: State) {
        var machine = machine
        machine.onChange = nil
        state = Mutex(machine)
    }

    var userID: UInt32 { 1_000 }

    func randomBits() -> UInt64 {
        state.withLock { $0.random.next() }
    }

    func open(_ path: FilePath, _ access: FileAccess) throws(Errno) -> any JournalFile {
        let number = try step(.other) { (state) throws(Errno) in
            let (directory, name) = Self.split(path)
            guard state.directories[directory] != nil else { throw .noSuchFileOrDirectory }
            if let existing = state.directories[directory]?.entries[name] {
                guard access != .createNew else { throw .fileExists }
                return existing
            }
            guard access == .createNew || access == .createIfMissing else { throw .noSuchFileOrDirectory }
            state.inodes.append(Inode())
            let number = state.inodes.count - 1
            state.directories[directory]?.apply(.add(name, number))
            state.changeCount += 1
            return number
        }
        return SimulatedFile(files: self, number: number)
    }

    func createDirectory(_ path: FilePath) throws(Errno) {
        try step(.other) { (state) throws(Errno) in
            guard state.directories[path.string] == nil else { throw .fileExists }
            state.directories[path.string] = Directory()
        }
    }

    func list(_ directory: FilePath) throws(Errno) -> [String] {
        try step(.other) { (state) throws(Errno) in
            guard let found = state.directories[directory.string] else { throw .noSuchFileOrDirectory }
            let inside = state.directories.keys.filter { $0.hasPrefix(directory.string + "/") }
            return (Array(found.entries.keys) + inside.map { Self.split(FilePath($0)).name }).sorted()
        }
    }

    func status(_ path: FilePath) throws(Errno) -> FileStatus {
        try step(.other) { (state) throws(Errno) in
            if state.directories[path.string] != nil {
                return FileStatus(kind: .directory, mode: 0o700, userID: 1_000, byteCount: 0)
            }
            let (directory, name) = Self.split(path)
            guard let number = state.directories[directory]?.entries[name] else { throw .noSuchFileOrDirectory }
            return FileStatus(
                kind: .file,
                mode: 0o600,
                userID: 1_000,
                byteCount: state.inodes[number].current.count
            )
        }
    }

    func rename(_ from: FilePath, to: FilePath) throws(Errno) {
        try step(.other) { (state) throws(Errno) in
            let (directory, old) = Self.split(from)
            let new = Self.split(to).name
            guard let number = state.directories[directory]?.entries[old] else { throw .noSuchFileOrDirectory }
            state.directories[directory]?.apply(.rename(old, new, number))
            state.changeCount += 1
        }
    }

    func unlink(_ path: FilePath) throws(Errno) {
        try step(.other) { (state) throws(Errno) in
            let (directory, name) = Self.split(path)
            guard let number = state.directories[directory]?.entries[name] else { throw .noSuchFileOrDirectory }
            state.freeByteCount += state.inodes[number].current.count
            state.directories[directory]?.apply(.remove(name))
            state.changeCount += 1
        }
    }

    func syncDirectory(_ path: FilePath) throws(Errno) {
        try step(.sync) { (state) throws(Errno) in
            guard !state.syncsAreIgnored else { return }
            state.directories[path.string]?.sync()
            state.changeCount += 1
        }
    }

    func freeBytes(_ path: FilePath) throws(Errno) -> Int {
        try step(.other) { $0.freeByteCount }
    }

    /// Counts a call, fails it if its turn has come, and refuses everything once the machine is off.
    fileprivate func step<Result>(
        _ call: Call,
        _ body: (inout State) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        var outcome: Swift.Result<Result, Errno>?
        state.withLock { state in
            let changeCount = state.changeCount
            do throws(Errno) {
                try state.count(call)
                outcome = .success(try body(&state))
                if state.changeCount > changeCount { state.onChange?(state) }
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw .ioError }
        return try outcome.get()
    }

    /// Takes a path apart without the care, and the cost, of `FilePath`.
    private static func split(_ path: FilePath) -> (directory: String, name: String) {
        let text = path.string
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", text) }
        let directory = text[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(text[text.utf8.index(after: slash)...]))
    }

    enum Call {
        case write
        case sync
        case other
    }
}

/// An open file of the simulated disk; its lock ends with it.
final class SimulatedFile: JournalFile {
    private let files: SimulatedFiles
    private let number: Int

    init(files: SimulatedFiles, number: Int) {
        self.files = files
        self.number = number
    }

    deinit {
        let me = ObjectIdentifier(self)
        files.state.withLock { state in
            if state.inodes[number].owner == me { state.inodes[number].owner = nil }
        }
    }

    func read(_ byteCount: Int, at offset: Int) throws(Errno) -> [UInt8] {
        try files.step(.other) { (state) throws(Errno) in
            let bytes = state.inodes[number].current
            guard offset < bytes.count else { return [] }
            return Array(bytes[offset..<min(bytes.count, offset + byteCount)])
        }
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(Errno) -> Int {
        let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        return try files.step(.write) { (state) throws(Errno) in
            let count = min(copy.count, state.writeByteCountMax)
            let old = state.inodes[number].current.count
            let growth = max(0, offset + count - old)
            guard growth <= state.freeByteCount else {
                // What fits is written all the same, as a real disk does.
                let fitting = max(0, count - growth + state.freeByteCount)
                state.freeByteCount -= max(0, offset + fitting - old)
                state.inodes[number].write(copy[0..<fitting], at: offset)
                guard fitting > 0 else { throw .noSpace }
                return fitting
            }
            state.freeByteCount -= growth
            state.inodes[number].write(copy[0..<count], at: offset)
            state.changeCount += 1
            return count
        }
    }

    func syncData() throws(Errno) {
        do {
            try files.step(.sync) { (state) throws(Errno) in
                guard !state.syncsAreIgnored else { return }
                state.inodes[number].sync()
                state.changeCount += 1
            }
        } catch {
            // The pages count as clean afterwards, though the disk never got them.
            files.state.withLock { if !$0.isOff { $0.inodes[number].dirtySectors = [] } }
            throw error
        }
    }

    func truncate(to byteCount: Int) throws(Errno) {
        try files.step(.write) { (state) throws(Errno) in
            state.freeByteCount += state.inodes[number].current.count - byteCount
            state.inodes[number].resize(byteCount)
            state.changeCount += 1
        }
    }

    func status() throws(Errno) -> FileStatus {
        try files.step(.other) { state in
            FileStatus(kind: .file, mode: 0o600, userID: 1_000, byteCount: state.inodes[number].current.count)
        }
    }

    func tryLock() throws(Errno) -> Bool {
        let me = ObjectIdentifier(self)
        return try files.step(.other) { (state) throws(Errno) in
            guard state.inodes[number].owner == nil || state.inodes[number].owner == me else { return false }
            state.inodes[number].owner = me
            return true
        }
    }
}

/// A small, fast generator whose whole state is its seed.
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
