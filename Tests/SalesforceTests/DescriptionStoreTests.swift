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
        changedAfter change: Int = 0,
        _ result: Result<DescriptionStore.Knowledge, Failure>
    ) async -> Result<DescriptionStore.Knowledge, Failure> {
        await store.knowledge(of: key, since: start + .seconds(change), at: start + .seconds(seconds)) {
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

    @Test func whatWasKnownBeforeAChangeDoesNotCount() async {
        let store = DescriptionStore(limits: SalesforceLimits())
        let counter = Counter()
        let described = DescriptionStore.Knowledge.described(ObjectDescription([]))
        // The last change is one to come: the clock was set back.
        for (seconds, change, expected) in [
            (0, 0, 1), (10, 0, 1), (20, 15, 2), (30, 15, 2), (40, 20, 2), (50, 900, 2),
        ] {
            _ = await ask(store, counter, after: seconds, changedAfter: change, .success(described))
            #expect(await counter.count == expected)
        }
    }

    @Test func whoeverMayNotAskTriesAgainAfterAQuarterOfAnHour() async {
        let store = DescriptionStore(limits: SalesforceLimits())
        let counter = Counter()
        for (seconds, expected) in [(0, 1), (899, 1), (900, 2), (1_799, 2)] {
            _ = await ask(store, counter, after: seconds, .success(.withheld))
            #expect(await counter.count == expected)
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
