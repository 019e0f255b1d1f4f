import Consent
import ConsentAPI
import JSON
import JSONRPC
import Testing

@Suite struct ConfigurationMethodTests {
    static func stored() throws -> Configuration {
        var configuration = try #require(
            try decode(CreateConfiguration.self, ConfigurationDecodingTests.full).value
        ).draft
        configuration.id = ConfigurationID(ordinal: 3)
        configuration.revision = 4
        configuration.createdAt = Timestamp(milliseconds: 1)
        configuration.updatedAt = Timestamp(milliseconds: 2)
        return configuration
    }

    static func patched(_ patch: String) throws -> Configuration {
        let json = #"{"id":"cfg_00000003","patch":\#(patch)}"#
        return try #require(try decode(UpdateConfiguration.self, json).value).apply(to: try stored())
    }

    static func patchError(_ patch: String) throws -> ErrorObject? {
        do {
            _ = try patched(patch)
            return nil
        } catch let error as ErrorObject {
            return error
        }
    }

    // MARK: getConfiguration, listConfigurations, deleteConfiguration

    @Test func oneConfigurationIsNamedOneWay() throws {
        let id = ConfigurationID(ordinal: 1)
        #expect(try decode(GetConfiguration.self, #"{"id":"cfg_00000001"}"#).value?.key == .id(id))
        #expect(try decode(GetConfiguration.self, #"{"id":"nonsense"}"#).value?.key == .id(nil))
        #expect(try decode(GetConfiguration.self, #"{"name":"leads"}"#).value?.key == .name("leads"))
        #expect(try decode(GetConfiguration.self, "{}").paths == ["id"])
        #expect(try decode(GetConfiguration.self, #"{"id":"a","name":"b"}"#).paths == ["id"])
        #expect(try decode(GetConfiguration.self, #"{"id":1,"name":2,"x":3}"#).paths == ["id", "name", "x"])
    }

    @Test func configurationsArePaged() throws {
        let last = ConfigurationID(ordinal: 9)
        let json = #"{"page_size":1,"page_token":"\#(PageToken(last).text)"}"#
        let paging = try #require(try decode(ListConfigurations.self, json).value).paging
        #expect(paging.size == 1)
        #expect(paging.after == last)
        #expect(
            try decode(ListConfigurations.self, #"{"page_size":"1","page_token":"cfg_00000009","x":1}"#).paths
                == ["page_size", "page_token", "x"]
        )
    }

    @Test func deletionIsReadWhole() throws {
        let json = #"{"id":"cfg_00000001","revision":3,"force":true}"#
        let deletion = try #require(try decode(DeleteConfiguration.self, json).value)
        #expect(deletion.id == ConfigurationID(ordinal: 1))
        #expect(deletion.revision == 3)
        #expect(deletion.force)
        let plain = try #require(try decode(DeleteConfiguration.self, #"{"id":"cfg_00000001"}"#).value)
        #expect(plain.revision == nil)
        #expect(!plain.force)
        #expect(
            try decode(DeleteConfiguration.self, #"{"revision":-1,"force":1,"x":1}"#).paths
                == ["id", "revision", "force", "x"]
        )
    }

    // MARK: updateConfiguration

    @Test func anEmptyPatchChangesNothing() throws {
        var expected = try Self.stored()
        let patched = try Self.patched("{}")
        // The store sets these; a patch never does.
        expected.id = patched.id
        expected.revision = patched.revision
        expected.createdAt = patched.createdAt
        expected.updatedAt = patched.updatedAt
        #expect(patched == expected)
    }

    @Test func membersReplaceAndNullTakesAway() throws {
        let patched = try Self.patched(
            """
            {"upsert_mode":false,"regulations":null,
             "properties":{"match_field":"Email","api_version":null,
                           "create_defaults":{"LastName":"[new]","Flag__c":null}}}
            """
        )
        #expect(!patched.upsertMode)
        #expect(patched.regulations == ["gdpr"])
        #expect(patched.matchField == "Email")
        #expect(patched.apiVersion == "v62.0")
        // A null inside of create_defaults takes the member away, and with it the null that stood there before.
        #expect(patched.createDefaults["LastName"] == .string("[new]"))
        #expect(patched.createDefaults["Flag__c"] == nil)
        #expect(patched.createDefaults["Rank__c"] == .number("1.50"))
        #expect(patched.onMultipleMatches == .reject)
        #expect(patched.clientSecret == Secret("hunter2"))
    }

    @Test func arraysAreReplacedWhole() throws {
        let patched = try Self.patched(#"{"mappings":[{"id":"F__c","value":"x"}]}"#)
        #expect(patched.mappings == [Mapping(field: "F__c", value: "x")])
    }

    @Test func aSecretIsPatchedAloneAndCannotBeTakenAway() throws {
        let patched = try Self.patched(#"{"authentication":{"client_secret":"new"}}"#)
        #expect(patched.clientSecret == Secret("new"))
        #expect(patched.clientID == "id")
        let error = try Self.patchError(#"{"authentication":{"client_secret":null}}"#)
        #expect(error?.fieldViolations.map(\.path) == ["patch.authentication.client_secret"])
    }

    @Test func pausingIsAPatch() throws {
        #expect(try Self.patched(#"{"paused":true}"#).isPaused)
        #expect(try !Self.patched(#"{"paused":false}"#).isPaused)
        var paused = try Self.stored()
        paused.isPaused = true
        let update = try #require(
            try decode(UpdateConfiguration.self, #"{"id":"cfg_00000003","patch":{"upsert_mode":false}}"#).value
        )
        #expect(try update.apply(to: paused).isPaused)
        #expect(
            try decode(UpdateConfiguration.self, #"{"id":"cfg_00000003","patch":{"paused":"yes"}}"#).paths
                == ["patch.paused"]
        )
    }

    @Test func everyFaultOfThePatchedConfigurationIsNamedBelowPatch() throws {
        let error = try Self.patchError(
            """
            {"type_id":null,"authentication":{"url":"ftp://x"},"properties":{"sobject":["Lead","Contact"],"typo":1},
             "mappings":[{"id":"9"}],"typo":1}
            """
        )
        #expect(error?.status == .invalidArgument)
        #expect(
            error?.fieldViolations.map(\.path) == [
                "patch.type_id", "patch.authentication.url", "patch.properties.sobject", "patch.properties.typo",
                "patch.mappings[0].id", "patch.mappings[0].value", "patch.typo",
            ]
        )
    }

    @Test(arguments: ["id", "revision", "state", "state_reason", "created_at", "updated_at"])
    func outputMembersCannotBePatched(member: String) throws {
        let decoded = try decode(UpdateConfiguration.self, #"{"id":"cfg_00000003","patch":{"\#(member)":null}}"#)
        #expect(decoded.paths == ["patch.\(member)"])
    }

    @Test func updateNeedsIDAndPatch() throws {
        #expect(try decode(UpdateConfiguration.self, "{}").paths == ["id", "patch"])
        #expect(
            try decode(UpdateConfiguration.self, #"{"id":1,"revision":-1,"patch":[],"x":1}"#).paths
                == ["id", "revision", "patch", "x"]
        )
        let update = try decode(UpdateConfiguration.self, #"{"id":"nonsense","revision":2,"patch":{}}"#).value
        #expect(update?.id == nil)
        #expect(update?.revision == 2)
    }

    // MARK: Output

    @Test func outputReadsBackAsInputAndHoldsNoSecret() throws {
        let configuration = try Self.stored()
        let view = ConfigurationView(ConfigurationStatus(configuration: configuration, condition: .running))
        #expect(!view.jsonText.contains("hunter2"))
        #expect(!view.jsonText.contains("client_secret"))
        let output = try JSONValue.parse(view.jsonText)
        #expect(output["id"] == "cfg_00000003")
        #expect(output["revision"] == 4)
        #expect(output["state"] == "active")
        #expect(output["state_reason"] == nil)
        #expect(output["created_at"] == "1970-01-01T00:00:00.001Z")
        #expect(output["authentication"]?["url"] == "https://acme.my.salesforce.com")
        var input = try JSONValue.parse(ConfigurationDecodingTests.full)
        for member in ["name", "mappings", "properties", "upsert_mode", "regulations", "type_id"] {
            if member == "mappings" { continue }
            #expect(output[member] == input[member], "\(member)")
        }
        input = .object(configuration.input(withSecret: true))
        let again = try #require(try decode(CreateConfiguration.self, input.jsonText).value).draft
        #expect(again.mappings == configuration.mappings)
        #expect(again.clientSecret == configuration.clientSecret)
    }

    @Test func statesAreToldWithTheirReasons() throws {
        var configuration = try Self.stored()
        let held = ConfigurationCondition.held(
            reason: "INVALID_CLIENT",
            message: "check client_secret",
            probeAt: presentMoment,
            nil
        )
        func state(_ condition: ConfigurationCondition) -> (name: String, reason: String?) {
            ConfigurationView(ConfigurationStatus(configuration: configuration, condition: condition)).state
        }
        #expect(state(held).name == "held")
        #expect(state(held).reason == "INVALID_CLIENT: check client_secret")
        let waiting = state(.waiting(reason: "LIMIT", message: "daily limit", until: presentMoment, nil))
        #expect(waiting.name == "active")
        #expect(waiting.reason == "LIMIT: daily limit; next try at 2026-03-14T09:26:53.589Z")
        configuration.isPaused = true
        #expect(state(held).name == "paused")
        #expect(state(.running).reason == nil)
    }

    @Test func pagesTellWhereTheyGoOn() throws {
        let view = ConfigurationView(ConfigurationStatus(configuration: try Self.stored(), condition: .running))
        let last = ConfigurationID(ordinal: 3)
        let page = try JSONValue.parse(ListConfigurations.Result(configurations: [view], next: last).jsonText)
        #expect(page["configurations"]?[0]?["name"] == "leads-eu")
        #expect(page["next_page_token"]?.stringValue.flatMap { PageToken<ConfigurationID>($0) }?.position == last)
        #expect(ListConfigurations.Result(configurations: [], next: nil).jsonText == #"{"configurations":[]}"#)
    }
}
