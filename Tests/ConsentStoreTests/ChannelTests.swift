import Dispatch
import Synchronization
import Testing

@testable import ConsentStore

@Suite(.timeLimit(.minutes(1))) struct ChannelTests {
    /// However many there are and whoever is slower, they come out once and in order.
    @Test(arguments: [0, 1, 3, 4, 15, 16, 17, 5_000], [Side.none, .putter, .taker])
    func everythingComesOutInOrder(_ count: Int, slower: Side) {
        let channel = Channel<Int>()
        let taken = Mutex<[Int]>([])
        let queue = DispatchQueue(label: "taker")
        queue.async {
            while let item = channel.take() {
                if slower == .taker { Self.work() }
                taken.withLock { $0.append(item) }
            }
        }
        for item in 0..<count {
            if slower == .putter { Self.work() }
            channel.put(item)
        }
        channel.end()
        queue.sync {}
        #expect(taken.withLock { $0 } == Array(0..<count))
        #expect(channel.take() == nil, "the end stays")
    }

    @Test func onlyAFewWait() {
        let channel = Channel<Int>()
        let put = Atomic(0)
        let queue = DispatchQueue(label: "putter")
        queue.async {
            for item in 0..<1_000 {
                channel.put(item)
                put.add(1, ordering: .relaxed)
            }
            channel.end()
        }
        var taken = 0
        while channel.take() != nil {
            taken += 1
            #expect(put.load(ordering: .relaxed) <= taken + Channel<Int>.capacity)
        }
        #expect(taken == 1_000)
        queue.sync {}
    }

    enum Side { case none, putter, taker }

    private static func work() {
        var sum = 0
        for number in 0..<2_000 { sum &+= number &* number }
        withExtendedLifetime(sum) {}
    }
}
