import Consent
import Delivery
import Salesforce
import Testing

@Suite(.timeLimit(.minutes(1))) struct DescriptionStoreTests {
    private let key = DescriptionStore.Key(Fixture.configuration(origin: "https://a.my.salesforce.com"))
    private let start = Timestamp(milliseconds: 1_770_000_000_000)

    private func ask(
        _ store: DescriptionStore,
        _ counter: Counter,
        after seconds: Int,
        _ result: Result<DescriptionStore.Knowledge, Failure>
    ) async -> Result<DescriptionStore.Knowledge, Failure> {
        await store.knowledge(of: key, at: start + .seconds(seconds)) {
            await counter.increment()
            return DescriptionStore.Grant(result)
        }.result
    }

    private func failure(_ kind: Failure.Kind) -> Failure {
        Failure(kind: kind, reason: "X", attempt: Attempt(at: start))
    }

    @Test func aFieldErrorAsksAgainButNotMoreThanOnceAMinute() async {
        let store = DescriptionStore(limits: SalesforceLimits())
        let counter = Counter()
        for (seconds, expected) in [(0, 1), (30, 1), (61, 2), (90, 2), (122, 3)] {
            _ = await ask(store, counter, after: seconds, .success(.withheld))
            #expect(await counter.count == expected)
            await store.invalidate(key)
        }
    }

    @Test func anOldDescriptionServesWhileTheOrgIsInTrouble() async {
        let store = DescriptionStore(limits: SalesforceLimits())
        let counter = Counter()
        #expect(await ask(store, counter, after: 0, .failure(failure(.transient))) == .failure(failure(.transient)))
        #expect(await ask(store, counter, after: 1, .success(.withheld)) == .success(.withheld))
        #expect(await ask(store, counter, after: 90_000, .failure(failure(.transient))) == .success(.withheld))
        #expect(
            await ask(store, counter, after: 90_001, .failure(failure(.orgPause))) == .failure(failure(.orgPause))
        )
        #expect(await counter.count == 4)
    }
}
