package import Consent
package import JSON

/// Changes that make a right input a slightly wrong one.
package enum Mutation {
    /// Bytes that mean something to a reader of JSON or UTF-8.
    private static let telling: [UInt8] =
        Array("\"\\{}[],:0-1.eEu/ \ntfn".utf8)
        + [0x00, 0x1F, 0x7F, 0x80, 0xBF, 0xC1, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF]

    /// Changes, removes, repeats or inserts bytes in a few places.
    package static func bytes(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...changed.count, using: &random)
            let length = Int.random(in: 0...min(8, changed.count - place), using: &random)
            let range = place..<(place + length)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: changed.insert(telling.randomElement(using: &random) ?? 0, at: place)
            case 1: changed.removeSubrange(range)
            case 2: changed.insert(contentsOf: changed[range], at: place)
            case 3: changed.replaceSubrange(range, with: range.map { _ in UInt8.random(in: 0...255, using: &random) })
            default:
                guard length > 0 else { continue }
                changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return changed
    }

    /// Replaces, removes, renames or adds something somewhere in a value.
    package static func value(_ value: JSONValue, using random: inout SeededGenerator) -> JSONValue {
        switch value {
        case .object(let object) where !object.isEmpty && Int.random(in: 0..<4, using: &random) > 0:
            var members = object.members.map { ($0.name, $0.value) }
            let index = Int.random(in: 0..<members.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: members.remove(at: index)
            case 1: members[index].0 += "x"
            case 2: members.append(("added", leaf(using: &random)))
            default: members[index].1 = Self.value(members[index].1, using: &random)
            }
            return .object(JSONObject(members))
        case .array(var elements) where !elements.isEmpty && Int.random(in: 0..<4, using: &random) > 0:
            let index = Int.random(in: 0..<elements.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: elements.remove(at: index)
            case 1: elements.append(elements[index])
            default: elements[index] = Self.value(elements[index], using: &random)
            }
            return .array(elements)
        default: return leaf(using: &random)
        }
    }

    private static let leaves: [JSONValue] = [
        .null, true, false, 0, -1, 1, .double(1.5), 301, 9_223_372_036_854_775_807, .double(1e300), "", "x",
        "cfg_00000001",
        "dlv_000000000000000200000001", "2026-01-02T03:04:05Z", "not-a-time", "\u{0}", "😀", "a\u{301}", [], [:], [[]],
        ["x", 1], ["x": 1], .string(String(repeating: "long", count: 400)),
    ]

    private static func leaf(using random: inout SeededGenerator) -> JSONValue {
        leaves.randomElement(using: &random) ?? .null
    }
}
