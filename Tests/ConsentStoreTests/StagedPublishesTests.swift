import Consent
import Testing

@testable import ConsentStore

/// What publishes come to that share a commit.
@Suite struct StagedPublishesTests {
    private static func call(_ id: String) -> PublishCall {
        let event = ConsentEvent.test(id, ["news": .granted])
        return PublishCall(
            incoming: IncomingEvent(event: event, digest: ContentDigest(of: event)),
            receiver: CountingReceiver()
        )
    }

    private static func outcome(_ settlement: StagedPublishes.Settlement) -> String {
        switch settlement {
        case .published(let result): "\(result.sequenceNumber.rawValue), replayed \(result.isReplayed)"
        case .waiting: "waiting"
        case .refused(let error): "\(error)"
        }
    }

    @Test func whatWasDurableBeforeIsAReplayAlsoBesideWhatHasNoRoom() throws {
        var fold = try Fold(.test())
        let known = try fold.publish(Self.call("known").incoming.event)
        var staged = StagedPublishes()
        var next = SequenceNumber(known.rawValue + 1)
        for id in ["new", "known", "new"] {
            let call = Self.call(id)
            switch staged.decide(call, in: fold.state) {
            case .accept(let count):
                let record = EventRecord(incoming: call.incoming, acceptedAt: start)
                staged.add(call, .accepted(record, next), openCount: count)
                next = SequenceNumber(next.rawValue + 1)
            case .replay(let number): staged.add(call, .replayed(number))
            case .refuse(let error): staged.add(call, .refused(error))
            }
        }
        let full = StoreError.journalFull(reason: "disk")
        let outcomes = staged.take().map { Self.outcome(fold.state.settlement(of: $0, failed: full)) }
        #expect(outcomes == ["\(full)", "\(known.rawValue), replayed true", "\(full)"])
    }
}
