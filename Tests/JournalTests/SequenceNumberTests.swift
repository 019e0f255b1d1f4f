import Testing

@testable import Journal

@Suite struct SequenceNumberTests {
    @Test func theFirstRecordIsNumberOne() {
        #expect(SequenceNumber.first.rawValue == 1)
    }
}
