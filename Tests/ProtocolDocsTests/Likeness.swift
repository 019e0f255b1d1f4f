import JSON

/// Compares an answer with the documented one, but for what differs from run to run: times, numbers of the machine,
/// ids that others make.
enum Likeness {
    /// Members whose value differs from run to run; only its kind is compared.
    private static let changingMembers: Set<String> = [
        "bytes", "connections", "gid", "groups", "instance_id", "last_seq", "last_sync_us", "oldest_undelivered_ms",
        "record_ids", "request_id", "segments", "seq", "text", "uid", "used", "version",
    ]

    /// The member that says: and more that is not shown.
    private static let more = "…"

    /// Whether a line is the documented one.
    static func holds(documented: String, actual: String) -> Bool {
        guard let one = try? JSONValue.parse(documented), let other = try? JSONValue.parse(actual) else {
            return documented == actual
        }
        return holds(documented: one, actual: other, member: "")
    }

    static func holds(documented: JSONValue, actual: JSONValue, member: String) -> Bool {
        if changingMembers.contains(member) { return kind(documented) == kind(actual) }
        switch (documented, actual) {
        case (.object(let one), .object(let other)):
            let isPart = one[more] != nil
            let names = one.names.filter { $0 != more }
            guard isPart || names == other.names else { return false }
            return names.allSatisfy { name in
                guard let left = one[name], let right = other[name] else { return false }
                return holds(documented: left, actual: right, member: name)
            }
        case (.array(let one), .array(let other)):
            return one.count == other.count
                && zip(one, other).allSatisfy { holds(documented: $0, actual: $1, member: member) }
        case (.string(let one), .string(let other)):
            return one == other || (isTime(one) && isTime(other))
        case (.number(let one), .number(let other)):
            // As they are written, since ids come back byte for byte.
            return one == other
        default:
            return documented == actual
        }
    }

    private static func isTime(_ text: String) -> Bool {
        let shape = "0000-00-00T00:00:00.000Z"
        return text.utf8.count == shape.utf8.count
            && zip(text.utf8, shape.utf8).allSatisfy { byte, mark in
                mark == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == mark
            }
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
