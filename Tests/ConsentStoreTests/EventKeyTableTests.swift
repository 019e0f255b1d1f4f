import Consent
import Testing

@testable import ConsentStore

struct EventKeyTableTests {
    /// Adds, forgets and takes out at random; hashes that collide in full and in part are among them.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func anIndexHoldsWhatADictionaryWouldHold(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var index = HashIndex(shardCount: 3)
        var model: [UInt32: Int] = [:]
        var hashes = (0..<64).map { _ in Int(truncatingIfNeeded: random.next()) }
        // Neighbours in one shard, so that searches run into each other and around the end.
        for _ in 0..<64 { hashes.append(hashes[0] &+ 2 * Int.random(in: 0..<8, using: &random)) }
        hashes += [0, 1, -1, .max, .min]
        for step in 0..<20_000 {
            let number = UInt32.random(in: 0..<600, using: &random)
            if let hash = model[number] {
                #expect(index.holds(number, of: hash))
                if Int.random(in: 0..<3, using: &random) > 0 {
                    index.remove(number, of: hash)
                    model[number] = nil
                }
            } else if let hash = hashes.randomElement(using: &random) {
                #expect(!index.holds(number, of: hash))
                index.remove(number, of: hash)
                if step % 4_000 < 3_000 {
                    index.insert(number, of: hash)
                    model[number] = hash
                }
            }
            #expect(index.count == model.count)
        }
        for (number, hash) in model { #expect(index.holds(number, of: hash)) }
        #expect(!model.isEmpty)
    }

    /// A table in one shard is copied as a whole by the first change during a snapshot.
    @Test func shardsAreEven() {
        var index = HashIndex(shardCount: 100)
        var table = ShardedTable<SubjectHash, Int>(shardCount: 100)
        for number in 0..<100_000 {
            index.insert(UInt32(number), of: EventKey.id("event-\(number)").hashBits)
            table[SubjectHash(plain: "person-\(number)")] = number
        }
        for counts in [index.shardCounts, table.shardCounts] {
            #expect(counts.reduce(0, +) == 100_000)
            #expect(counts.allSatisfy { (700...1_300).contains($0) }, "\(counts)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aTableHoldsTheLatestUseOfEachKey(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = EventKeyTable()
        var model: [Use] = []
        for step in 1...6_000 {
            let key = Int.random(in: 0..<900, using: &random)
            if Int.random(in: 0..<1_000, using: &random) == 0 {
                let events = Set(model.filter { _ in Bool.random(using: &random) }.map(\.event))
                table.remove(for: events)
                model.removeAll { events.contains($0.event) }
            }
            let use = Use(name: "\(key / 2)", isID: key % 2 == 0, event: SequenceNumber(UInt64(step)))
            model.removeAll { $0.name == use.name && $0.isID == use.isID }
            model.append(use)
            table.add(use.asUse)
            // Faster than they come, every now and then.
            if step % 1_000 > 800 {
                let moment = Timestamp(milliseconds: Int64(step) - 500)
                table.forget(before: moment, atMost: 5_000)
                model.removeAll { $0.asUse.acceptedAt < moment }
            }
            guard step % 97 == 0 else { continue }
            #expect(table.count == model.count)
            #expect(table.inOrder.map(\.event) == model.map(\.event))
            for number in 0..<450 {
                for isID in [true, false] {
                    let known = model.last { $0.name == "\(number)" && $0.isID == isID }
                    #expect(table[Use.key("\(number)", isID: isID)]?.event == known?.event)
                }
            }
        }
    }

    @Test func noEventPaysForMoreThanItsShare() {
        var table = EventKeyTable()
        for number in 0..<10 {
            table.add(Use(name: "\(number)", isID: true, event: SequenceNumber(UInt64(number))).asUse)
        }
        table.forget(before: Timestamp(milliseconds: 100), atMost: 2)
        #expect(table.count == 8)
        table.forget(before: Timestamp(milliseconds: 3), atMost: 5)
        #expect(table.count == 7)
        table.remove(for: [SequenceNumber(3), SequenceNumber(5)])
        #expect(table.count == 5)
        #expect(table.heldCount == 7)
        // What was taken out does not count.
        table.forget(before: Timestamp(milliseconds: 8), atMost: 2)
        #expect(table.inOrder.map(\.event.rawValue) == [7, 8, 9])
    }

    private struct Use {
        var name: String
        var isID: Bool
        var event: SequenceNumber

        static func key(_ name: String, isID: Bool) -> EventKey { isID ? .id(name) : .idempotencyKey(name) }

        var asUse: EventKeyTable.Use {
            EventKeyTable.Use(
                key: Self.key(name, isID: isID),
                event: event,
                digest: ContentDigest(high: event.rawValue, low: 0),
                acceptedAt: Timestamp(milliseconds: Int64(event.rawValue))
            )
        }
    }
}

extension HashIndex {
    fileprivate func holds(_ number: UInt32, of hash: Int) -> Bool {
        var search = search(hash)
        while let found = next(&search) {
            if found == number { return true }
        }
        return false
    }
}
