import Consent
import ConsentAPI
import JSON
import JSONRPC
import Testing

/// The three forms of an event: the platform's own, a webhook's envelope around it, the short one.
@Suite struct EventFormsTests {
    static let full = """
        {"id":"5d0e7f0e","organization_id":"acme-retail","created_at":"2026-03-14T09:26:53.589Z",
         "updated_at":"2026-03-14T09:26:53.589Z","status":"confirmed","regulation":"ccpa",
         "domain":"preferences.acme.example","metadata":{"form":"footer"},
         "delegate":{"id":"store-042","name":"Lyon flagship","metadata":{"clerk":"c-17"}},
         "user":{"id":"a3722cd3","organization_user_id":"camille.o'neil+vip@example.fr",
                 "metadata":{"tier":"gold"},"country":"FR","last_seen_country":"BE"},
         "consents":{
           "channels":[{"id":"email","enabled":true},{"id":"sms","enabled":null}],
           "purposes":[
             {"id":"marketing_emails","enabled":true,
              "values":{"tFyHkpl":{"value":"hJ3kQ2a,mN8pR4c"},"Zx81LqD":{"value":"weekly","from_propagation":true}}},
             {"id":"phone_solicitation","enabled":false,"metadata":{"reason":"user-toggle"}},
             {"id":"profiling","enabled":null,"values":{"b7TgWe1":{"value":""},"n":{"value":null},"m":{}}}],
           "vendors":{"enabled":[],"disabled":[]},"tcfcs":null},
         "proofs_id":["prf-9e2c"]}
        """

    static let envelopeEntity = #"{"organization_user_id":"ada"}"#

    static let fullEvent = ConsentEvent(
        id: "5d0e7f0e",
        createdAt: presentMoment,
        status: .confirmed,
        regulation: "ccpa",
        organizationUserID: "camille.o'neil+vip@example.fr",
        choices: [
            SourceChoice(source: .channel, id: "email", choice: .granted),
            SourceChoice(source: .preference, id: "tFyHkpl", choice: .list(["hJ3kQ2a", "mN8pR4c"])),
            SourceChoice(source: .preference, id: "Zx81LqD", choice: .text("weekly")),
            SourceChoice(source: .purpose, id: "marketing_emails", choice: .granted),
            SourceChoice(source: .purpose, id: "phone_solicitation", choice: .denied),
            SourceChoice(source: .preference, id: "b7TgWe1", choice: .cleared),
        ],
        details: [
            EventDetail(name: .organizationID, text: "acme-retail"),
            EventDetail(name: .updatedAt, text: "2026-03-14T09:26:53.589Z"),
            EventDetail(name: .domain, text: "preferences.acme.example"),
            EventDetail(name: .delegateID, text: "store-042"),
            EventDetail(name: .delegateName, text: "Lyon flagship"),
            EventDetail(name: .userID, text: "a3722cd3"),
            EventDetail(name: .userCountry, text: "FR"),
            EventDetail(name: .userLastSeenCountry, text: "BE"),
        ]
    )

    @Test func thePlatformsOwnFormIsRead() throws {
        #expect(try publish(#"{"event":\#(Self.full)}"#).event == Self.fullEvent)
    }

    // MARK: Envelope

    @Test(arguments: ["entity", "new_entity"], ["event.created", "event.updated"])
    func anEnvelopeHoldsTheSameEvent(member: String, type: String) throws {
        let json = #"{"event":{"type":"\#(type)","parameters":{"old_entity":{},"\#(member)":\#(Self.full)}}}"#
        let enveloped = try publish(json)
        #expect(enveloped.event == Self.fullEvent)
        #expect(enveloped.digest == (try publish(#"{"event":\#(Self.full)}"#)).digest)
    }

    @Test func theEnvelopesRegulationHoldsWhereTheEventHasNone() throws {
        let entity = #"{"user":{"organization_user_id":"ada"}}"#
        let json = #"{"event":{"type":"event.created","regulation":"lgpd","parameters":{"entity":\#(entity)}}}"#
        #expect(try publish(json).event.regulation == "lgpd")
        #expect(try publish(json.replacing(entity, with: Self.full)).event.regulation == "ccpa")
    }

    @Test func theEnvelopesRegulationIsPartOfTheContentWhereItHolds() throws {
        func digest(_ members: String, _ entity: String) throws -> JSONDigest {
            try publish(#"{"event":{"type":"event.created"\#(members),"parameters":{"entity":\#(entity)}}}"#).digest
        }
        let bare = #"{"user":{"organization_user_id":"ada"}}"#
        let digests = try ["", #","regulation":"ccpa""#, #","regulation":"lgpd""#].map { try digest($0, bare) }
        #expect(Set(digests).count == 3)
        #expect(try digest(#","regulation":"gdpr""#, bare) == digests[0])
        #expect(try digest(#","regulation":null"#, bare) == digests[0])
        #expect(try digest(#","regulation":"lgpd""#, Self.full) == digest("", Self.full), "the event has its own")
    }

    @Test(arguments: [
        (#"{"parameters":{}}"#, "event.type"),
        (#"{"type":"event.created","regulation":7,"parameters":{"entity":\#(envelopeEntity)}}"#, "event.regulation"),
        (#"{"type":"event.created","regulation":"","parameters":{"entity":\#(envelopeEntity)}}"#, "event.regulation"),
        (#"{"type":"user.deleted","parameters":{"entity":{}}}"#, "event.type"),
        (#"{"type":"event.created","parameters":{}}"#, "event.parameters.entity"),
        (#"{"type":"event.created","parameters":{"entity":7}}"#, "event.parameters.entity"),
        (
            #"{"type":"event.created","parameters":{"entity":{"user":{}}}}"#,
            "event.parameters.entity.user.organization_user_id"
        ),
        (
            #"{"type":"event.updated","parameters":{"new_entity":{"organization_user_id":"a","id":7}}}"#,
            "event.parameters.new_entity.id"
        ),
    ])
    func faultsOfAnEnvelopeHaveTheirPath(json: String, path: String) throws {
        #expect(try publishError(#"{"event":\#(json)}"#)?.fieldViolations.map(\.path) == [path])
    }

    // MARK: Short form

    @Test func theShortFormIsRead() throws {
        let json = """
            {"event":{"organization_user_id":"ada","id":"e1","created_at":"2026-03-14T10:26:53.589+01:00",
              "regulation":"lgpd","preferences":{"t":true,"f":false,"n":null,"s":"x","l":"x,y","a":["x","y"],
              "one":["x"],"none":[],"empty":""}}}
            """
        let event = try publish(json).event
        #expect(event.id == "e1")
        #expect(event.createdAt == presentMoment)
        #expect(event.regulation == "lgpd")
        let choices: [(String, Choice)] = [
            ("t", .granted), ("f", .denied), ("s", .text("x")), ("l", .list(["x", "y"])), ("a", .list(["x", "y"])),
            ("one", .text("x")), ("none", .cleared), ("empty", .cleared),
        ]
        #expect(
            event.choices
                == choices.map { SourceChoice(source: .purposeOrPreference, id: $0.0, choice: $0.1) }
        )
    }

    @Test func theShortFormsOptionalMembersMayBeNullOrAbsent() throws {
        let json = #"{"event":{"organization_user_id":"ada","id":null,"created_at":null,"regulation":null}}"#
        let event = try publish(json).event
        #expect(event.id == nil)
        #expect(event.createdAt == nil)
        #expect(event.regulation == "gdpr")
        #expect(event.status == .confirmed)
        #expect(event.choices.isEmpty)
    }

    // MARK: Members

    @Test func unknownMembersOfAnEventAreAllowedEverywhere() throws {
        let json = """
            {"event":{"organization_user_id":"ada","x":{"y":[1]},"delegate":"text","user":{"z":1},
              "consents":{"u":1,"purposes":[{"id":"p","enabled":true,"v":1}],"channels":[{"id":"c","values":7}]}}}
            """
        #expect(
            try publish(json).event.choices == [SourceChoice(source: .purpose, id: "p", choice: .granted)]
        )
    }

    @Test func aPreferencesValueMayStandByItself() throws {
        let json = """
            {"event":{"organization_user_id":"ada","consents":{"purposes":[{"id":"p",
              "values":{"t":true,"f":false,"n":null,"s":"x,y","a":["x"]}}]}}}
            """
        let choices: [(String, Choice)] = [
            ("t", .granted), ("f", .denied), ("s", .list(["x", "y"])), ("a", .text("x")),
        ]
        #expect(
            try publish(json).event.choices
                == choices.map { SourceChoice(source: .preference, id: $0.0, choice: $0.1) }
        )
    }

    @Test func theOldShapeOfPreferencesIsRead() throws {
        let json = """
            {"event":{"organization_user_id":"ada","consents":{"purposes":[
              {"id":"p","enabled":true,"preferences":[{"id":"q","enabled":false},{"id":"r"},{"enabled":true}]}]}}}
            """
        #expect(
            try publish(json).event.choices == [
                SourceChoice(source: .preference, id: "q", choice: .denied),
                SourceChoice(source: .purpose, id: "p", choice: .granted),
            ]
        )
    }

    @Test func pendingApprovalIsAStatus() throws {
        let json = #"{"event":{"organization_user_id":"ada","status":"pending_approval"}}"#
        #expect(try publish(json).event.status == .pendingApproval)
    }

    struct Limit: CustomTestStringConvertible {
        var member: String
        var bytesMax: Int

        var testDescription: String { member }
    }

    @Test(arguments: [
        Limit(member: "organization_user_id", bytesMax: 1_024), Limit(member: "id", bytesMax: 256),
        Limit(member: "regulation", bytesMax: 64),
    ])
    func textsAreLimitedInBytes(limit: Limit) throws {
        func json(_ text: String) -> String {
            limit.member == "organization_user_id"
                ? #"{"event":{"organization_user_id":"\#(text)"}}"#
                : #"{"event":{"organization_user_id":"a","\#(limit.member)":"\#(text)"}}"#
        }
        let longest = String(repeating: "é", count: limit.bytesMax / 2)
        #expect(throws: Never.self) { try publish(json(longest)) }
        #expect(try publishError(json(longest + "x"))?.fieldViolations.map(\.path) == ["event.\(limit.member)"])
        #expect(try publishError(json(""))?.fieldViolations.map(\.path) == ["event.\(limit.member)"])
    }
}
