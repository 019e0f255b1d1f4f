import Testing

@testable import SalesforceSimulator

@Suite struct RecordIDTests {
    @Test func theSuffixEncodesWhichCharactersAreCapitals() {
        // A published pair of the same id in both lengths.
        #expect(RecordID.canonical("001D000000IRFma") == "001D000000IRFmaIAH")
    }

    @Test func eighteenCharactersSurviveALossOfCase() {
        #expect(RecordID.canonical("001d000000irfmaIAH".uppercased()) == "001D000000IRFmaIAH")
    }

    @Test(arguments: ["", "00Q", "001D000000IRFma!", "001D000000IRF'a", "001D000000IRFmaIA", "0123456789012345678"])
    func anythingElseIsNoID(text: String) {
        #expect(RecordID.canonical(text) == nil)
    }
}
