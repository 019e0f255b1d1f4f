import ConsentAPI
import ConsentStore
import DequeModule
import NIOCore

/// Publishes that only wait for the disk and name no time of their own.
///
/// There are very many of them, and they are answered in the order in which they were read, so they need no table and
/// no timer each: the first is always the next whose time is over.
struct LonePublishes {
    private var calls: Deque<PublishCall> = []

    /// When the first one's time is over.
    var deadline: NIODeadline? { calls.first.map(Self.deadline) }

    static func deadline(_ call: PublishCall) -> NIODeadline {
        .uptimeNanoseconds(call.readAt) + TimeAmount(CallMetadata.timeoutDefault)
    }

    mutating func add(_ call: PublishCall) {
        calls.append(call)
    }

    /// Takes out the next one to be answered; false for one that was answered when its time was over.
    mutating func remove(_ call: PublishCall) -> Bool {
        guard calls.first === call else { return false }
        calls.removeFirst()
        return true
    }

    mutating func removeAll() -> [PublishCall] {
        defer { calls = [] }
        return Array(calls)
    }

    mutating func removeExpired(at now: NIODeadline) -> [PublishCall] {
        var expired: [PublishCall] = []
        while let call = calls.first, Self.deadline(call) <= now { expired.append(calls.removeFirst()) }
        return expired
    }
}
