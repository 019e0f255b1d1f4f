import JSON
import Synchronization

/// Gathers the answers of a batch in the order of its requests.
final class BatchReply: Sendable {
    /// How many bytes results may take together: a few words can ask for very many.
    let resultBytesMax: Int
    private let state: Mutex<State>

    private struct State {
        var answers: [[UInt8]?]
        var missing: Int
        var resultBytes = 0
    }

    init(count: Int, resultBytesMax: Int) {
        self.resultBytesMax = resultBytesMax
        state = Mutex(State(answers: Array(repeating: nil, count: count), missing: count))
    }

    /// Takes room for a result; false where there is not enough left.
    func takesResult(_ byteCount: Int) -> Bool {
        state.withLock { state in
            guard state.resultBytes + byteCount <= resultBytesMax else { return false }
            state.resultBytes += byteCount
            return true
        }
    }

    /// Takes an answer (nil for a notification's) and gives the whole array, or nothing of it, once it is the last.
    func answer(_ index: Int, _ bytes: [UInt8]?) -> Completion {
        state.withLock { state in
            state.answers[index] = bytes
            state.missing -= 1
            guard state.missing == 0 else { return .incomplete }
            let answers = state.answers.compactMap(\.self)
            guard !answers.isEmpty else { return .silent }
            var writer = JSONWriter(capacity: answers.reduce(2) { $0 + $1.count + 1 })
            writer.beginArray()
            for answer in answers { writer.raw(answer) }
            writer.endArray()
            return .complete(writer.take())
        }
    }

    enum Completion {
        case incomplete
        /// Every item was a notification.
        case silent
        case complete([UInt8])
    }
}
