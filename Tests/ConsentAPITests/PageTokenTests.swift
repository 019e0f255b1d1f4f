import Consent
import ConsentAPI
import Testing

@Suite struct PageTokenTests {
    @Test func tokensReadWhatTheyWrite() {
        for value in [UInt64(0), 1, 255, .max] {
            let delivery = DeliveryID(
                event: SequenceNumber(value),
                configuration: ConfigurationID(ordinal: UInt32(truncatingIfNeeded: value))
            )
            #expect(PageToken<DeliveryID>(PageToken(delivery).text)?.position == delivery)
        }
    }

    @Test func everyChangedCharacterIsNoticed() {
        let token = Array(PageToken(ConfigurationID(ordinal: 77)).text)
        for index in token.indices {
            var changed = token
            changed[index] = token[index] == "1" ? "2" : "1"
            #expect(PageToken<ConfigurationID>(String(changed)) == nil, "\(String(changed))")
            changed.remove(at: index)
            #expect(PageToken<ConfigurationID>(String(changed)) == nil, "\(String(changed))")
        }
    }

    @Test(arguments: ["", ".", "cfg_00000001", "cfg_00000001.", "next", "dlv_000000000000000100000001.x"])
    func inventedTokensAreRefused(text: String) {
        #expect(PageToken<ConfigurationID>(text) == nil)
    }

    @Test func aTokenOfAnotherListIsRefused() {
        let delivery = DeliveryID(event: SequenceNumber(1), configuration: ConfigurationID(ordinal: 1))
        #expect(PageToken<ConfigurationID>(PageToken(delivery).text) == nil)
    }
}
