/// The members of a JSON object in their order, each name once.
package struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    /// The members in order.
    package private(set) var members: [(name: String, value: JSONValue)] = []

    /// Creates an empty object.
    package init() {}

    /// Creates an object of members; of two with one name the later value stays.
    package init(_ members: some Sequence<(String, JSONValue)>) {
        self.members.reserveCapacity(members.underestimatedCount)
        // A position per name keeps a large object linear; a small one is read sooner without.
        var positions: [String.UTF8Key: Int] = [:]
        for (name, value) in members {
            let isLarge = self.members.count >= Self.smallCountMax
            if isLarge, positions.isEmpty { positions = self.positions }
            if let position = isLarge ? positions[String.UTF8Key(name)] : position(of: name) {
                self.members[position].value = value
            } else {
                if isLarge { positions[String.UTF8Key(name)] = self.members.count }
                self.members.append((name, value))
            }
        }
    }

    /// Creates an object of members; of two with one name the later value stays.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }

    /// The number of members.
    package var count: Int { members.count }

    /// True without members.
    package var isEmpty: Bool { members.isEmpty }

    /// The names in order.
    package var names: [String] { members.map(\.name) }

    /// The value of a member; setting nil takes the member away.
    package subscript(name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): members.remove(at: position)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    // JSON's names are code points: `String` would take two normal forms of one letter for the same.
    private func position(of name: String) -> Int? {
        members.firstIndex { $0.name.utf8.count == name.utf8.count && $0.name.utf8.elementsEqual(name.utf8) }
    }

    private var positions: [String.UTF8Key: Int] {
        Dictionary(uniqueKeysWithValues: members.enumerated().map { (String.UTF8Key($0.element.name), $0.offset) })
    }

    /// Members up to which each new name is compared with all the others.
    private static let smallCountMax = 8
}

extension JSONObject: Equatable {
    /// True for the same names with equal values in any order.
    package static func == (one: JSONObject, other: JSONObject) -> Bool {
        guard one.count == other.count else { return false }
        let values = Dictionary(uniqueKeysWithValues: other.members.map { (String.UTF8Key($0.name), $0.value) })
        return one.members.allSatisfy { values[String.UTF8Key($0.name)] == $0.value }
    }
}

extension JSONObject: Sequence {
    /// Iterates over the members in order.
    package func makeIterator() -> IndexingIterator<[(name: String, value: JSONValue)]> {
        members.makeIterator()
    }
}

extension JSONObject: JSONEncodable {
    /// Writes the members in order.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in members {
            writer.key(name)
            value.write(to: &writer)
        }
        writer.endObject()
    }
}

extension String {
    /// A string that is compared and hashed by its bytes.
    fileprivate struct UTF8Key: Hashable {
        private let bytes: [UInt8]

        init(_ text: String) {
            bytes = Array(text.utf8)
        }
    }
}
