import Consent
import Delivery
import Testing

/// The checks that the simulations rely on see what they are there for.
@Suite struct CallChecksTests {
    private static func call(_ request: DeliveryCall.Request, clientID: String = "client") -> DeliveryCall {
        DeliveryCall(id: CallID(1), configuration: .test(clientID: clientID), request: request)
    }

    private static func update(_ ids: String...) -> DeliveryCall.Request {
        .update(ids.map { RecordUpdate(recordID: $0, fields: []) })
    }

    private static func create(_ people: String...) -> DeliveryCall.Request {
        .create(people.map { RecordCreation(organizationUserID: $0, fields: []) })
    }

    private static let key = SubjectKey(configuration: ConfigurationID(ordinal: 1), slot: 0)

    struct Case: CustomTestStringConvertible, Sendable {
        var violation: String
        var checks: CallChecks
        var request: DeliveryCall.Request

        var testDescription: String { violation }
    }

    static let cases = [
        Case(violation: "a record twice in one call", checks: CallChecks(open: []), request: update("R1", "R1")),
        Case(
            violation: "more than 200 records",
            checks: CallChecks(open: []),
            request: .update((0..<201).map { RecordUpdate(recordID: "R\($0)", fields: []) })
        ),
        Case(
            violation: "a record or parent twice",
            checks: CallChecks(open: [call(update("R1"), clientID: "another")]),
            request: update("R1")
        ),
        Case(
            violation: "a record or parent twice",
            checks: CallChecks(open: [call(update("R1"))], parents: ["R1": "A", "R2": "A"]),
            request: update("R2")
        ),
        Case(
            violation: "a person created twice in one call",
            checks: CallChecks(open: []),
            request: create("Ann", "ann")
        ),
        Case(
            violation: "a person created twice at once",
            checks: CallChecks(open: [call(create("Ann"))]),
            request: create("ann")
        ),
        Case(
            violation: "more than 1,000 people",
            checks: CallChecks(open: []),
            request: .find((0...1_000).map { "p\($0)" })
        ),
        Case(
            violation: "more than 4 calls in flight",
            checks: CallChecks(open: ["a", "b", "c", "d"].map { call(.find([$0])) }),
            request: .find(["e"])
        ),
        Case(
            violation: "not alone although the breaker is not closed",
            checks: CallChecks(open: [call(.find(["a"]))], isTrial: true),
            request: .find(["b"])
        ),
        Case(
            violation: "a grant uses the reserve",
            checks: CallChecks(open: [], grantsWait: true, isWithdrawal: { _ in false }),
            request: .find(["a"])
        ),
    ]

    @Test(arguments: cases)
    func aViolationIsSeen(example: Case) {
        #expect(example.checks.violations(of: Self.call(example.request), for: [Self.key]) == [example.violation])
    }

    @Test func whatIsAllowedIsNone() {
        let open = [Self.call(Self.update("R1")), Self.call(.find(["a"])), Self.call(.probe)]
        let checks = CallChecks(open: open, parents: ["R1": "A", "R2": "B"], grantsWait: true)
        #expect(checks.violations(of: Self.call(Self.update("R2")), for: [Self.key]).isEmpty)
        #expect(checks.violations(of: Self.call(Self.create("ann")), for: [Self.key]).isEmpty)
    }
}
