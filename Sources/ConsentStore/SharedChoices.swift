import Consent

/// Lets equal lists of choices share their memory: of millions of events most chose one of few things.
///
/// It knows at most 256 lists, and forgets one for another that falls on the same place.
struct SharedChoices {
    /// None at all until the first is asked for.
    private var known: [[CapturedChoice]] = []

    /// Returns the list, or an equal one that is in memory already.
    mutating func shared(_ choices: [CapturedChoice]) -> [CapturedChoice] {
        guard let place = Self.place(of: choices) else { return choices }
        if known.isEmpty { known = [[CapturedChoice]](repeating: [], count: 256) }
        if known[place] == choices { return known[place] }
        known[place] = choices
        return choices
    }

    /// Where a list would be; nil for one with a person's own words, which nobody else has.
    private static func place(of choices: [CapturedChoice]) -> Int? {
        guard !choices.isEmpty else { return nil }
        var hash: UInt64 = 0
        for item in choices {
            let kind: UInt64
            switch item.choice {
            case .granted: kind = 0
            case .denied: kind = 1
            case .cleared: kind = 2
            case .text, .list: return nil
            }
            hash = (hash ^ (UInt64(item.source) << 3 | kind << 1 | (item.isCompanion ? 1 : 0))) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
        }
        return Int(hash >> 56)
    }
}
