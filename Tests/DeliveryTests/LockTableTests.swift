import Consent
import Testing

@testable import Delivery

@Suite struct LockTableTests {
    @Test func recordsThatBeginAlikeAreLockedEachAlone() {
        var locks = LockTable()
        locks.lock(FoundRecord(id: "00Q000000000000001"), origin: 0)
        #expect(!locks.isFree(FoundRecord(id: "00Q000000000000001"), origin: 0))
        #expect(locks.isFree(FoundRecord(id: "00Q000000000000002"), origin: 0))
    }

    @Test func aRecordIsLockedInAllFormsOfItsID() {
        var locks = LockTable()
        locks.lock(FoundRecord(id: "001D000000IRFma"), origin: 0)
        #expect(!locks.isFree(FoundRecord(id: "001D000000IRFmaIAH"), origin: 0))
        locks.unlock(FoundRecord(id: "001D000000IRFmaIAH"), origin: 0)
        #expect(locks.isFree(FoundRecord(id: "001D000000IRFma"), origin: 0))
    }

    @Test func aPersonIsTheSameInAnyCaseAndBetweenSpaces() {
        func key(_ person: String) -> PersonKey {
            PersonKey(origin: 0, configuration: .test(upsertMode: true), person: person)
        }
        #expect(key(" Ann@Example.com\n") == key("ann@example.com"))
        #expect(key("ann @example.com") != key("ann@example.com"))
    }
}
