import Consent
import ConsentAPI
import Testing

/// The methods about deliveries and the daemon itself.
@Suite struct DeliveryMethodTests {
    static let delivery = DeliveryID(event: SequenceNumber(7), configuration: ConfigurationID(ordinal: 2))

    // MARK: deliveryStatus

    @Test func statusAsksForOneThing() throws {
        let byDelivery = try decode(GetDeliveryStatus.self, #"{"delivery_id":"\#(Self.delivery)"}"#).value
        #expect(byDelivery?.key == .delivery(Self.delivery))
        #expect(byDelivery?.after == nil)
        let byEvent = try decode(GetDeliveryStatus.self, #"{"event_id":"e","after_seq":0}"#).value
        #expect(byEvent?.key == .event("e"))
        #expect(byEvent?.after == SequenceNumber(0))
        let byPerson = try decode(GetDeliveryStatus.self, #"{"organization_user_id":"ada"}"#).value
        #expect(byPerson?.key == .person("ada", configuration: nil))
        let narrowed = try decode(
            GetDeliveryStatus.self,
            #"{"organization_user_id":"ada","configuration_id":"cfg_00000002"}"#
        ).value
        #expect(narrowed?.key == .person("ada", configuration: ConfigurationID(ordinal: 2)))
    }

    @Test func anIDThatNothingCanHaveIsUnknownAndNoFault() throws {
        #expect(try decode(GetDeliveryStatus.self, #"{"delivery_id":"nonsense"}"#).value?.key == .delivery(nil))
        let json = #"{"organization_user_id":"ada","configuration_id":"nonsense"}"#
        #expect(try decode(GetDeliveryStatus.self, json).value?.key == .nobody)
    }

    @Test(arguments: [
        ("{}", ["delivery_id"]),
        (#"{"delivery_id":"a","event_id":"b"}"#, ["delivery_id"]),
        (#"{"event_id":"a","organization_user_id":"b"}"#, ["delivery_id"]),
        (#"{"event_id":"a","configuration_id":"cfg_00000001"}"#, ["configuration_id"]),
        (#"{"delivery_id":1,"after_seq":-1,"typo":0}"#, ["delivery_id", "after_seq", "typo"]),
        (#"{"event_id":"a","after_seq":1.5}"#, ["after_seq"]),
        (#"{"event_id":"","typo":0}"#, ["event_id", "typo"]),
    ])
    func wrongStatusQuestionsNameEveryFault(json: String, paths: [String]) throws {
        #expect(try decode(GetDeliveryStatus.self, json).paths == paths)
    }

    @Test func aSubjectOf1024BytesIsTheLongest() throws {
        let longest = String(repeating: "é", count: 512)
        #expect(try decode(GetDeliveryStatus.self, #"{"organization_user_id":"\#(longest)"}"#).value != nil)
        #expect(
            try decode(GetDeliveryStatus.self, #"{"organization_user_id":"\#(longest)x"}"#).paths
                == ["organization_user_id"]
        )
    }

    // MARK: listDeliveries

    @Test func listsAreFilteredAndPaged() throws {
        let all = try #require(try decode(ListDeliveries.self, "{}").value)
        #expect(all.state == nil)
        #expect(all.configurationID == nil)
        #expect(all.paging.size == PagingLimits.sizeDefault)
        #expect(all.paging.after == nil)
        let token = PageToken(Self.delivery).text
        let json =
            #"{"state":"in_flight","configuration_id":"cfg_00000002","page_size":1000,"page_token":"\#(token)"}"#
        let page = try #require(try decode(ListDeliveries.self, json).value)
        #expect(page.state == .inFlight)
        #expect(page.configurationID == ConfigurationID(ordinal: 2))
        #expect(page.paging.size == 1_000)
        #expect(page.paging.after == Self.delivery)
    }

    @Test(arguments: DeliveryState.allCases)
    func everyStateCanBeAskedFor(state: DeliveryState) throws {
        #expect(try decode(ListDeliveries.self, #"{"state":"\#(state.rawValue)"}"#).value?.state == state)
    }

    @Test func wrongListsNameEveryFault() throws {
        let json = #"{"state":"lost","configuration_id":7,"page_size":1001,"page_token":"x","typo":1}"#
        #expect(
            try decode(ListDeliveries.self, json).paths
                == ["state", "configuration_id", "page_size", "page_token", "typo"]
        )
        #expect(try decode(ListDeliveries.self, #"{"page_size":0}"#).paths == ["page_size"])
    }

    // MARK: retryDelivery and cancelDelivery

    @Test func retryIsOfOneOrOfAllInAState() throws {
        #expect(
            try decode(RetryDelivery.self, #"{"delivery_id":"\#(Self.delivery)"}"#).value?.target
                == .delivery(Self.delivery)
        )
        for state in [DeliveryState.parked, .failed] {
            let json = #"{"configuration_id":"cfg_00000002","state":"\#(state.rawValue)"}"#
            #expect(
                try decode(RetryDelivery.self, json).value?.target == .all(of: ConfigurationID(ordinal: 2), in: state)
            )
        }
    }

    @Test(arguments: [
        ("{}", ["delivery_id"]),
        (#"{"configuration_id":"cfg_00000001"}"#, ["delivery_id"]),
        (#"{"state":"failed"}"#, ["delivery_id"]),
        (#"{"delivery_id":"a","state":"failed"}"#, ["delivery_id"]),
        (#"{"configuration_id":"cfg_00000001","state":"delivered"}"#, ["state"]),
        (#"{"configuration_id":7,"state":"lost","typo":1}"#, ["configuration_id", "state", "typo"]),
    ])
    func wrongRetriesNameEveryFault(json: String, paths: [String]) throws {
        #expect(try decode(RetryDelivery.self, json).paths == paths)
    }

    @Test func cancelNeedsADelivery() throws {
        #expect(
            try decode(CancelDelivery.self, #"{"delivery_id":"\#(Self.delivery)"}"#).value?.deliveryID == Self.delivery
        )
        let unknown = try #require(try decode(CancelDelivery.self, #"{"delivery_id":"nonsense"}"#).value)
        #expect(unknown.deliveryID == nil)
        #expect(try decode(CancelDelivery.self, #"{"id":"x"}"#).paths == ["delivery_id", "id"])
    }

    // MARK: health.check, rpc.serverInfo, rpc.whoami

    @Test func healthIsOfTheDaemonUnlessAServiceIsNamed() throws {
        #expect(try decode(CheckHealth.self, "{}").value?.service == "")
        #expect(try decode(CheckHealth.self, #"{"service":""}"#).value?.service == "")
        #expect(try decode(CheckHealth.self, #"{"service":"leads-eu"}"#).value?.service == "leads-eu")
        #expect(try decode(CheckHealth.self, #"{"service":1,"typo":2}"#).paths == ["service", "typo"])
        #expect(CheckHealth.Result(isServing: true).jsonText == #"{"status":"SERVING"}"#)
        #expect(CheckHealth.Result(isServing: false).jsonText == #"{"status":"NOT_SERVING"}"#)
    }

    @Test func methodsWithoutParametersTakeNone() throws {
        #expect(try decode(GetServerInfo.self, "{}").value != nil)
        #expect(try decode(GetServerInfo.self, #"{"x":1}"#).paths == ["x"])
        #expect(try decode(WhoAmI.self, "{}").value != nil)
        #expect(try decode(WhoAmI.self, #"{"x":1}"#).paths == ["x"])
    }

    @Test func rolesFollowTheSocket() {
        let admin = WhoAmI.Result(userID: 1, groupID: 2, groups: [3], isAdmin: true)
        let publisher = WhoAmI.Result(userID: 1, groupID: 2, groups: [], isAdmin: false)
        #expect(
            admin.jsonText == #"{"uid":1,"gid":2,"groups":[3],"roles":["publisher","admin"],"socket":"admin"}"#
        )
        #expect(publisher.jsonText == #"{"uid":1,"gid":2,"groups":[],"roles":["publisher"],"socket":"publish"}"#)
    }

    // MARK: Access

    @Test func accessIsAsTheProtocolHasIt() {
        for access in [PublishConsent.access, GetDeliveryStatus.access, CheckHealth.access, GetServerInfo.access] {
            #expect(access == .any)
        }
        for access in [
            CreateConfiguration.access, GetConfiguration.access, ListConfigurations.access,
            UpdateConfiguration.access, DeleteConfiguration.access, ListDeliveries.access, RetryDelivery.access,
            CancelDelivery.access,
        ] { #expect(access == .admin) }
    }
}
