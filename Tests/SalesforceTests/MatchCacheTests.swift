import Consent
import Delivery
import Salesforce
import Testing

@Suite struct MatchCacheTests {
    private let start = Timestamp(milliseconds: 1_000_000)
    private let records = [FoundRecord(id: "00Q000000000001EAA")]

    private func key(_ person: String, matchField: String = "Email") -> MatchCache.Key {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.matchField = matchField
        return MatchCache.Key(person, configuration)
    }

    @Test func aMatchIsRememberedForItsTimeOnly() {
        var cache = MatchCache(limits: SalesforceLimits())
        cache.insert(records, for: key("ada"), at: start)
        #expect(cache.records(of: key("ada"), at: start) == records)
        #expect(cache.records(of: key("ada"), at: start + .seconds(899)) == records)
        #expect(cache.records(of: key("ada"), at: start + .seconds(900)) == nil)
        // A clock that was set back proves nothing.
        #expect(cache.records(of: key("ada"), at: start - .seconds(1)) == nil)
        #expect(cache.records(of: key("ada", matchField: "Key__c"), at: start) == nil)
    }

    @Test func aDeletedRecordIsForgottenUntilItIsFoundAgain() {
        var cache = MatchCache(limits: SalesforceLimits())
        cache.insert(records, for: key("ada"), at: start)
        cache.drop(recordID: "00Q000000000001", at: start)
        #expect(cache.records(of: key("ada"), at: start) == nil)
        cache.insert(records, for: key("ada"), at: start + .seconds(1))
        #expect(cache.records(of: key("ada"), at: start + .seconds(1)) == records)
    }

    @Test func aRecordThatOnlyBeginsLikeADeletedOneIsKept() {
        var cache = MatchCache(limits: SalesforceLimits())
        let (gone, kept) = ("00Q000000000000001", "00Q000000000000002")
        for id in [gone, kept] { cache.insert([FoundRecord(id: id)], for: key(id), at: start) }
        cache.drop(recordID: gone, at: start)
        #expect(cache.records(of: key(gone), at: start) == nil)
        #expect(cache.records(of: key(kept), at: start) == [FoundRecord(id: kept)])
    }

    @Test func anErasedPersonIsForgottenAndNobodyElse() {
        var limits = SalesforceLimits()
        limits.matchesMax = 4
        var cache = MatchCache(limits: limits)
        for person in ["ada", "bob", "eve"] { cache.insert(records, for: key(person), at: start) }
        cache.insert(records, for: key("ada", matchField: "Key__c"), at: start)
        for person in ["ada", "eve"] { cache.forget(person) }
        #expect(cache.records(of: key("ada"), at: start) == nil)
        #expect(cache.records(of: key("ada", matchField: "Key__c"), at: start) == nil)
        #expect(cache.records(of: key("eve"), at: start) == nil)
        #expect(cache.records(of: key("bob"), at: start) == records)
    }

    @Test func memoryIsBounded() {
        var limits = SalesforceLimits()
        limits.matchesMax = 100
        var cache = MatchCache(limits: limits)
        for number in 0..<1_000 { cache.insert(records, for: key("p\(number)"), at: start) }
        let remembered = (0..<1_000).filter { cache.records(of: key("p\($0)"), at: start) != nil }
        #expect(remembered.count <= 100)
        #expect(remembered.last == 999)
    }
}
