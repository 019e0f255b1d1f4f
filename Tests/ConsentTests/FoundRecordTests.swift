import Consent
import Testing

/// Keys of record ids.
@Suite struct FoundRecordTests {
    @Test(arguments: ["001D000000IRFmaIAH", "001D000000IRFma", "001d000000irfmaiah", "001D000000IRFMAIAH"])
    func everyFormOfAnIDHasOneKey(id: String) {
        #expect(FoundRecord.key(of: id) == "001D000000IRFma")
    }

    @Test(arguments: [
        "001D000000IRFmaIAA", "001D000000IRFm-IAH", "001D000000IRFmaIAé", "R1", "", "001D000000IRFmaIAHX",
    ])
    func anyOtherTextStandsForItself(text: String) {
        #expect(FoundRecord.key(of: text) == text)
    }

    @Test func theKeyIsTheShortForm() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for _ in 0..<1_000 {
            let short = (0..<15).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            let id = String(decoding: short + FoundRecord.checksum(of: short), as: UTF8.self)
            #expect(FoundRecord.key(of: id) == String(decoding: short, as: UTF8.self))
            #expect(FoundRecord.shortForm(of: id) == short)
        }
    }
}
