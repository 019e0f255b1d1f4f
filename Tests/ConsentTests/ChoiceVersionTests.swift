import Consent
import Testing

@Suite struct ChoiceVersionTests {
    static func random(_ generator: inout SeededGenerator) -> ChoiceVersion {
        ChoiceVersion(
            createdAt: Timestamp(milliseconds: .random(in: 0...1, using: &generator)),
            isRestrictive: .random(using: &generator),
            eventID: ["a", "b", "ab", "B", "\u{e9}", "e\u{301}"].randomElement(using: &generator) ?? ""
        )
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1])
    func theOrderIsStrictTotalAndTransitive(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let (a, b, c) = (Self.random(&generator), Self.random(&generator), Self.random(&generator))
            #expect([a < b, b < a, a == b].count { $0 } == 1, "\(a) \(b), seed \(seed)")
            if a < b, b < c { #expect(a < c, "\(a) \(b) \(c), seed \(seed)") }
        }
    }
}
