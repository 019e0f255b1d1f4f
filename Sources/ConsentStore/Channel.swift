import DequeModule
import Dispatch
import Synchronization

/// Hands things from one thread to another, in order; only a few wait.
///
/// Neither is woken for each of them: that would take as long as many of them do.
final class Channel<Item: Sendable>: Sendable {
    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let emptied = DispatchSemaphore(value: 0)

    /// The most that wait.
    static var capacity: Int { 16 }

    private struct State {
        var items: Deque<Item> = []
        var hasEnded = false
        var isTakerWaiting = false
        var isPutterWaiting = false

        mutating func put(_ item: Item) -> (wakes: Bool, waits: Bool) {
            items.append(item)
            let wakes = isTakerWaiting && items.count >= Channel.capacity / 4
            if wakes { isTakerWaiting = false }
            isPutterWaiting = items.count == Channel.capacity
            return (wakes, isPutterWaiting)
        }

        mutating func take() -> (item: Item?, wakes: Bool, waits: Bool) {
            let item = items.popFirst()
            let wakes = isPutterWaiting && items.count <= Channel.capacity / 2
            if wakes { isPutterWaiting = false }
            isTakerWaiting = item == nil && !hasEnded
            return (item, wakes, isTakerWaiting)
        }

        mutating func end() -> Bool {
            hasEnded = true
            defer { isTakerWaiting = false }
            return isTakerWaiting
        }
    }

    /// Hands one over, and waits where too many wait already.
    func put(_ item: Item) {
        let (wakes, waits) = state.withLock { $0.put(item) }
        if wakes { filled.signal() }
        if waits { emptied.wait() }
    }

    /// Says that no more come.
    func end() {
        if state.withLock({ $0.end() }) { filled.signal() }
    }

    /// Waits for the next; nil where no more come.
    func take() -> Item? {
        while true {
            let (item, wakes, waits) = state.withLock { $0.take() }
            if wakes { emptied.signal() }
            guard waits else { return item }
            filled.wait()
        }
    }
}
