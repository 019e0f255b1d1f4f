import Consent
import Testing

@Suite struct IdentifierTests {
    @Test func idsAreWrittenWithAllTheirDigits() {
        #expect(ConfigurationID(ordinal: 1).description == "cfg_00000001")
        #expect(ConfigurationID(ordinal: .max).description == "cfg_ffffffff")
        let delivery = DeliveryID(event: SequenceNumber(0xab), configuration: ConfigurationID(ordinal: 0xc))
        #expect(delivery.description == "dlv_00000000000000ab0000000c")
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1])
    func idsReadWhatTheyWrite(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for shift in 0..<64 {
            let event = SequenceNumber(generator.next() >> UInt64(shift))
            let configuration = ConfigurationID(ordinal: UInt32(truncatingIfNeeded: generator.next()) >> (shift % 32))
            let delivery = DeliveryID(event: event, configuration: configuration)
            #expect(ConfigurationID(configuration.description) == configuration, "seed \(seed)")
            #expect(DeliveryID(delivery.description) == delivery, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "", "cfg_", "cfg_1", "cfg_0000001", "cfg_000000001", "CFG_00000001", "cfg_0000000g", "cfg_0000000A",
        "cfg_+0000001", "cfg-00000001", "dlv_00000001", " cfg_00000001", "cfg_00000001 ", "cfg_０0000001",
    ])
    func otherTextIsNoConfigurationID(text: String) {
        #expect(ConfigurationID(text) == nil)
    }

    @Test(arguments: [
        "", "dlv_", "dlv_00000000000000ab0000000", "dlv_00000000000000ab0000000cc", "cfg_00000000000000ab0000000c",
        "dlv_00000000000000AB0000000c", "dlv_00000000000000ab_000000c", "dlv_00000000000000éb000000c",
        "dlv_-0000000000000ab0000000c",
    ])
    func otherTextIsNoDeliveryID(text: String) {
        #expect(DeliveryID(text) == nil)
    }

    @Test func deliveriesAreOrderedByEventThenConfiguration() {
        func id(_ event: UInt64, _ ordinal: UInt32) -> DeliveryID {
            DeliveryID(event: SequenceNumber(event), configuration: ConfigurationID(ordinal: ordinal))
        }
        #expect([id(2, 1), id(1, 2), id(1, 1)].sorted() == [id(1, 1), id(1, 2), id(2, 1)])
    }
}
