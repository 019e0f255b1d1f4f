import Consent
import ConsentAPI
import JSON
import Testing

@Suite struct DeliveryOutputTests {
    static let id = DeliveryID(event: SequenceNumber(7), configuration: ConfigurationID(ordinal: 2))

    static let minimal = Delivery(
        id: id,
        eventID: "e1",
        recordKind: .lead,
        organizationUserID: "ada@example.com",
        state: .pending,
        sequenceNumber: SequenceNumber(7),
        acceptedAt: presentMoment,
        eventCreatedAt: Timestamp(milliseconds: 0),
        updatedAt: presentMoment
    )

    @Test func membersWithoutAValueAreLeftOut() {
        #expect(
            Self.minimal.jsonText
                == #"{"delivery_id":"dlv_000000000000000700000002","event_id":"e1","configuration_id":"cfg_00000002","#
                + #""sobject":"Lead","organization_user_id":"ada@example.com","state":"pending","seq":7,"#
                + #""accepted_at":"2026-03-14T09:26:53.589Z","event_created_at":"1970-01-01T00:00:00.000Z","#
                + #""updated_at":"2026-03-14T09:26:53.589Z","attempts":0,"fields":{}}"#
        )
    }

    @Test func everyMemberIsWritten() throws {
        var delivery = Self.minimal
        delivery.state = .retrying
        delivery.reason = "UNABLE_TO_LOCK_ROW"
        delivery.attempts = 2
        delivery.nextAttemptAt = presentMoment
        delivery.lastAttempt = Attempt(
            at: presentMoment,
            httpStatus: 200,
            errorCode: "UNABLE_TO_LOCK_ROW",
            message: "unable to obtain \"exclusive\" access",
            fields: ["F__c"],
            requestID: "r1"
        )
        delivery.fields = [
            FieldEntry(field: "N__c", value: .null), FieldEntry(field: "B__c", value: .bool(true)),
            FieldEntry(field: "S__c", value: .string("a;b")), FieldEntry(field: "D__c", value: .number("1.50")),
        ]
        delivery.recordIDs = ["00Q1", "00Q2"]
        delivery.isCreated = false
        delivery.supersededBy = Self.id
        let json = try JSONValue.parse(delivery.jsonText)
        #expect(json["reason"] == "UNABLE_TO_LOCK_ROW")
        #expect(json["next_attempt_at"] == "2026-03-14T09:26:53.589Z")
        #expect(json["last_attempt"]?["http_status"] == 200)
        #expect(json["last_attempt"]?["error_code"] == "UNABLE_TO_LOCK_ROW")
        #expect(json["last_attempt"]?["message"] == "unable to obtain \"exclusive\" access")
        #expect(json["last_attempt"]?["fields"] == ["F__c"])
        #expect(json["last_attempt"]?["request_id"] == "r1")
        #expect(json["fields"] == ["N__c": .null, "B__c": true, "S__c": "a;b", "D__c": .number("1.50")])
        #expect(json["record_ids"] == ["00Q1", "00Q2"])
        #expect(json["created"] == false)
        #expect(json["superseded_by"] == "dlv_000000000000000700000002")
    }

    @Test func anAttemptWithoutAnAnswerHasItsMomentOnly() {
        #expect(Attempt(at: presentMoment).jsonText == #"{"at":"2026-03-14T09:26:53.589Z"}"#)
    }

    @Test func pagesTellWhereTheyGoOn() throws {
        let page = try JSONValue.parse(ListDeliveries.Result(deliveries: [Self.minimal], next: Self.id).jsonText)
        #expect(page["next_page_token"]?.stringValue.flatMap { PageToken<DeliveryID>($0) }?.position == Self.id)
        #expect(ListDeliveries.Result(deliveries: [], next: nil).jsonText == #"{"deliveries":[]}"#)
        #expect(
            GetDeliveryStatus.Result(deliveries: [], sequenceNumber: SequenceNumber(9)).jsonText
                == #"{"deliveries":[],"seq":9}"#
        )
    }
}
