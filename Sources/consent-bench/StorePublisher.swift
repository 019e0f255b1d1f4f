import Consent
import ConsentStore
import Dispatch
import Glibc
import Journal
import Synchronization
import SystemPackage

/// Publishes straight into a store of its own, without sockets and without a delivery side.
final class StorePublisher {
    private let store: ConsentStore
    private let subjects: Int
    private var published = 0

    /// What the texts of a person and an event take, without what an allocation adds.
    static let stringByteCount = 26 + 36

    init(_ journal: FilePath, subjects: Int, isSealed: Bool) throws {
        self.subjects = subjects
        store = ConsentStore(try Self.open(journal, subjects: subjects, isSealed: isSealed)) { error in
            preconditionFailure("the journal failed: \(error)")
        }
        store.start()
        let done = DispatchSemaphore(value: 0)
        store.perform { store in
            _ = Result { try store.createConfiguration(Self.draft, key: nil, digest: ContentDigest(high: 0, low: 0)) }
            done.signal()
        }
        done.wait()
    }

    /// Opens the journal as the daemon does, with a fixed key or, as it never does, in clear.
    static func open(_ journal: FilePath, subjects: Int, isSealed: Bool) throws -> RecoveredState {
        var options = JournalOptions()
        options.journalBytesMax = 64 << 30
        var limits = StoreLimits()
        limits.pendingMax = max(2 * subjects, 1_000_000) + 1_000_000
        let key = isSealed ? KeyEncryptionKey([UInt8](repeating: 7, count: 32)) : nil
        return try RecoveredState.open(journal, options: options, key: key, limits: limits)
    }

    /// One event for each person, as fast as they are taken.
    func publishEverybody() {
        let receiver = SignallingReceiver()
        while published < subjects {
            let count = min(4_096, subjects - published)
            store.submit((0..<count).map { _ in entry(receiver) })
            for _ in 0..<count { receiver.done.wait() }
        }
    }

    /// The latencies of publishes one after the other.
    func latencies(_ count: Int) -> Histogram {
        var latencies = Histogram()
        let receiver = SignallingReceiver()
        for _ in 0..<count { latencies.record(nanoseconds: publish(receiver)) }
        return latencies
    }

    /// The same while a snapshot is written, and how long that took.
    func latenciesDuringSnapshot() -> (latencies: Histogram, seconds: Double) {
        var latencies = Histogram()
        let receiver = SignallingReceiver()
        waitForSnapshot()
        let start = Monotonic.nanoseconds
        ask { _ = $0.beginCompaction() }
        while ask({ $0.isCompacting }) { latencies.record(nanoseconds: publish(receiver)) }
        return (latencies, Double(Monotonic.nanoseconds - start) / 1e9)
    }

    /// Publishes for the same people again until the log is about as long as it may get.
    func fillLog() {
        let receiver = SignallingReceiver()
        for _ in 0..<(subjects / 4_096) {
            store.submit((0..<4_096).map { _ in entry(receiver) })
            for _ in 0..<4_096 { receiver.done.wait() }
        }
        waitForSnapshot()
    }

    func stop() {
        ask { $0.stop() }
    }

    private func waitForSnapshot() {
        while ask({ $0.isCompacting }) { usleep(1_000) }
    }

    private func publish(_ receiver: SignallingReceiver) -> UInt64 {
        let start = Monotonic.nanoseconds
        store.submit([entry(receiver)])
        receiver.done.wait()
        return Monotonic.nanoseconds - start
    }

    private func entry(_ receiver: SignallingReceiver) -> ConsentStore.Entry {
        published += 1
        let number = String(published % subjects)
        let person = "person-" + String(repeating: "0", count: max(0, 7 - number.utf8.count)) + number + "@example.org"
        let digits = String(published)
        let event = ConsentEvent(
            id: "0b8e5d7a-93f1-4c50-8d21-" + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits,
            createdAt: WallClock.now(),
            organizationUserID: person,
            choices: [SourceChoice(source: .purpose, id: "newsletter", choice: .granted)]
        )
        let incoming = IncomingEvent(event: event, digest: ContentDigest(high: UInt64(published), low: 0))
        return .publish(PublishCall(incoming: incoming, receiver: receiver))
    }

    @discardableResult
    private func ask<Value: Sendable>(_ question: @escaping @Sendable (isolated ConsentStore) -> Value) -> Value {
        let box = Handover<Value>()
        store.perform { store in
            box.set(question(store))
        }
        return box.wait()
    }

    private static var draft: Configuration {
        Configuration(
            id: ConfigurationID(ordinal: 1),
            name: "bench",
            origin: "https://bench.my.salesforce.com",
            clientID: "client",
            clientSecret: Secret("secret"),
            recordKind: .lead,
            matchField: "Email",
            mappings: [Mapping(field: "Newsletter__c", value: "newsletter")],
            regulations: ["gdpr"],
            isPaused: true,
            createdAt: WallClock.now(),
            updatedAt: WallClock.now()
        )
    }
}

/// Hands a value from one thread to another.
private final class Handover<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ value: Value) {
        self.value.withLock { $0 = value }
        isSet.signal()
    }

    func wait() -> Value {
        isSet.wait()
        guard let value = value.withLock({ $0 }) else { preconditionFailure("a signal follows a value") }
        return value
    }
}

/// Counts answers with a semaphore.
final class SignallingReceiver: PublishReceiver {
    let done = DispatchSemaphore(value: 0)

    func synced(_ call: PublishCall) {}

    func published(_ call: PublishCall, _ result: Result<PublishResult, StoreError>) {
        if case .failure(let error) = result { preconditionFailure("a publish was refused: \(error)") }
        done.signal()
    }

    func publishesCompleted() {}
}
