import Consent
import ConsentAPI
import JSONRPC
import Testing

@Suite struct PublishDecodingTests {
    static let event = #"{"organization_user_id":"ada@example.com","preferences":{"tFyHkpl":true}}"#

    @Test func aPlainPublishHasDefaults() throws {
        let call = try publish(#"{"event":\#(Self.event)}"#)
        #expect(call.waitFor == .accepted)
        #expect(call.configurationIDs == nil)
        #expect(call.metadata.timeout == nil)
        #expect(call.metadata.idempotencyKey == nil)
        #expect(call.event.organizationUserID == "ada@example.com")
    }

    @Test func everyParameterIsRead() throws {
        let call = try publish(
            """
            {"configuration_ids":["cfg_00000002","cfg_00000001","cfg_00000002"],"wait_for":"delivered",
             "_meta":{"idempotency_key":"k","timeout_ms":5},"event":\(Self.event)}
            """
        )
        #expect(call.configurationIDs == [ConfigurationID(ordinal: 2), ConfigurationID(ordinal: 1)])
        #expect(call.waitFor == .delivered)
        #expect(call.metadata.idempotencyKey == "k")
        #expect(call.metadata.timeout == .milliseconds(5))
    }

    @Test func nullParametersAreAbsent() throws {
        let call = try publish(#"{"event":\#(Self.event),"wait_for":null,"configuration_ids":null,"_meta":null}"#)
        #expect(call.waitFor == .accepted)
        #expect(call.configurationIDs == nil)
    }

    @Test(arguments: [
        ("{}", ["event"]),
        ("[]", ["event"]),
        (#"{"event":null}"#, ["event"]),
        (#"{"event":[]}"#, ["event"]),
        (#"{"event":{}}"#, ["event.organization_user_id"]),
        (#"{"event":{"user":{}}}"#, ["event.user.organization_user_id"]),
        (#"{"event":{"user":7}}"#, ["event.user"]),
        (#"{"event":{"organization_user_id":7}}"#, ["event.organization_user_id"]),
        (#"{"event":{"organization_user_id":""}}"#, ["event.organization_user_id"]),
        (
            #"{"wait_for":"never","typo":1,"configuration_ids":{},"event":{}}"#,
            ["wait_for", "typo", "configuration_ids", "event.organization_user_id"]
        ),
        (#"{"event":{"organization_user_id":"a"},"configuration_ids":[]}"#, ["configuration_ids"]),
        (
            #"{"event":{"organization_user_id":"a"},"configuration_ids":[1,null,"cfg_00000001"]}"#,
            ["configuration_ids[0]", "configuration_ids[1]"]
        ),
        (#"{"event":{"organization_user_id":"a"},"_meta":{"timeout_ms":0,"x":1}}"#, ["_meta.timeout_ms", "_meta.x"]),
        (#"{"event":{"organization_user_id":"a"},"_meta":[]}"#, ["_meta"]),
    ])
    func everyFaultIsNamedWithItsPath(json: String, paths: [String]) throws {
        let error = try publishError(json)
        #expect(error?.status == .invalidArgument)
        #expect(error?.code == -32602)
        #expect(error?.fieldViolations.map(\.path) == paths)
    }

    @Test func everyFaultOfAnEventIsNamedAtOnce() throws {
        let json = """
            {"event":{"id":"","created_at":"yesterday","status":"maybe","regulation":1,
              "consents":{"purposes":[7,{"id":"a","enabled":"yes"},{"enabled":true},{"id":"p","values":[]},
                                      {"id":"q","values":{"x":1,"y":{"value":1},"z":{"value":["a",1]}}}],
                          "channels":{}},
              "preferences":{"p":1,"q":{}}}}
            """
        #expect(
            try publishError(json)?.fieldViolations.map(\.path) == [
                "event.id", "event.created_at", "event.status", "event.regulation", "event.consents.purposes[0]",
                "event.consents.purposes[1].enabled", "event.consents.purposes[2].id",
                "event.consents.purposes[3].values", "event.consents.purposes[4].values.x",
                "event.consents.purposes[4].values.y.value", "event.consents.purposes[4].values.z.value",
                "event.consents.channels", "event.preferences.p", "event.preferences.q",
                "event.user.organization_user_id",
            ]
        )
    }

    // MARK: Configurations that cannot exist

    @Test func anIDThatNothingCanHaveIsUnknown() throws {
        let error = try publishError(#"{"configuration_ids":["nonsense"],"event":\#(Self.event)}"#)
        #expect(error?.status == .notFound)
        #expect(error?.reason == "CONFIGURATION_NOT_FOUND")
    }

    @Test func faultsAreToldBeforeAnUnknownConfiguration() throws {
        let error = try publishError(#"{"configuration_ids":["nonsense"],"event":{},"typo":1}"#)
        #expect(error?.fieldViolations.map(\.path) == ["event.organization_user_id", "typo"])
    }

    // MARK: The future

    static func dated(_ moment: Timestamp) -> String {
        #"{"event":{"organization_user_id":"ada","created_at":"\#(moment.rfc3339)"}}"#
    }

    @Test func fiveMinutesAheadAreTolerated() throws {
        #expect(try publish(Self.dated(presentMoment + .seconds(300))).event.createdAt == presentMoment + .seconds(300))
    }

    @Test func moreThanFiveMinutesAheadIsTheFuture() throws {
        let error = try publishError(Self.dated(presentMoment + .milliseconds(300_001)))
        #expect(error?.status == .invalidArgument)
        #expect(error?.reason == "EVENT_FROM_THE_FUTURE")
        #expect(error?.fieldViolations.map(\.path) == ["event.created_at"])
    }

    @Test func theFutureAmongOtherFaultsIsOneOfThem() throws {
        let json = Self.dated(presentMoment + .seconds(301)).replacing("}}", with: #"},"typo":1}"#)
        let error = try publishError(json)
        #expect(error?.reason == "INVALID_PARAMS")
        #expect(error?.fieldViolations.map(\.path) == ["typo", "event.created_at"])
    }

    // MARK: Content

    @Test func contentIsComparedByValueNotBySpelling() throws {
        let one = try publish(#"{"event":{"organization_user_id":"é","preferences":{"a":true,"b":"x"}}}"#)
        let other = try publish(
            #"{ "wait_for":"delivered", "event" : {"preferences":{"b":"\u0078","a":true}, "organization_user_id":"\u00e9"}}"#
        )
        let third = try publish(#"{"event":{"organization_user_id":"é","preferences":{"a":true,"b":"y"}}}"#)
        #expect(one.digest == other.digest)
        #expect(one.digest != third.digest)
    }
}
