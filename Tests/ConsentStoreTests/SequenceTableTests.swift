import Consent
import Testing

@testable import ConsentStore

struct SequenceTableTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func holdsWhatADictionaryWouldHold(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = SequenceTable<Int>()
        var model: [SequenceNumber: Int] = [:]
        var newest: UInt64 = 0
        for step in 0..<20_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                // Numbers of other records lie between, now and then very many.
                newest +=
                    Int.random(in: 0..<200, using: &generator) == 0
                    ? 5_000 : UInt64.random(in: 1...3, using: &generator)
                table[SequenceNumber(newest)] = step
                model[SequenceNumber(newest)] = step
            case 5..<8:
                let key = model.keys.min() ?? SequenceNumber(0)
                table[key] = nil
                model[key] = nil
            case 8:
                let key = SequenceNumber(UInt64.random(in: 0...newest, using: &generator))
                table[key]? += 1
                model[key]? += 1
            default:
                let key = SequenceNumber(UInt64.random(in: 0...newest + 2_000, using: &generator))
                #expect(table.remove(key) == model.removeValue(forKey: key))
            }
        }
        #expect(table.count == model.count)
        #expect(table.keys == model.keys.sorted())
        #expect(model.allSatisfy { table[$0.key] == $0.value })
        #expect(!model.isEmpty)
    }

    @Test(arguments: [0, 1, UInt64(Int.max), UInt64(Int.max) + 1, .max])
    func numbersThatNoEventHasAreNotThere(number: UInt64) {
        var table = SequenceTable<Int>()
        #expect(table[SequenceNumber(number)] == nil)
        table[SequenceNumber(700)] = 7
        #expect(table[SequenceNumber(number)] == nil)
    }
}
