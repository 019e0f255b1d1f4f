extension JSONDocument {
    /// Objects up to this many members are compared pair by pair.
    private static let pairwiseMax = 12

    /// The name of a member that repeats an earlier one of its object, at any level at or below a node.
    ///
    /// Names are compared by their resolved text. Costs next to nothing for small objects, and n log n for large ones,
    /// whatever their names are: the order they are sorted in depends on a seed of this process.
    package func firstDuplicateMember(in node: JSONNode) -> JSONNode? {
        let top = entry(node)
        guard top.isContainer else { return nil }
        for index in node.index..<top.extent where TapeEntry(bits: tape[index]).is(.object) {
            if let duplicate = duplicateMember(of: JSONNode(index: index)) { return duplicate }
        }
        return nil
    }

    @inline(__always)
    private func duplicateMember(of object: JSONNode) -> JSONNode? {
        guard let first = firstMember(of: object) else { return nil }
        var count = 1
        var last = first
        while let name = member(after: last) {
            guard count < Self.pairwiseMax else { return duplicateMember(ofLarge: object) }
            count &+= 1
            last = name
            let nameEntry = entry(name)
            var other = first
            while other != name {
                if stringsAreEqual(entry(other), nameEntry) { return name }
                guard let next = member(after: other) else { break }
                other = next
            }
        }
        return nil
    }

    private func duplicateMember(ofLarge object: JSONNode) -> JSONNode? {
        var names: [(hash: Int, name: JSONNode)] = []
        var next = firstMember(of: object)
        while let name = next {
            names.append((hash(entry(name)), name))
            next = member(after: name)
        }
        names.sort { ($0.hash, $0.name.index) < ($1.hash, $1.name.index) }
        var first: JSONNode?
        for index in names.indices.dropFirst() {
            // Hashes that agree by chance are next to one another; going back over all of them keeps the check exact.
            var other = index - 1
            while other >= 0, names[other].hash == names[index].hash {
                if stringsAreEqual(entry(names[other].name), entry(names[index].name)) {
                    if first.map({ names[index].name.index < $0.index }) ?? true { first = names[index].name }
                    break
                }
                other -= 1
            }
        }
        return first
    }

    private func hash(_ entry: TapeEntry) -> Int {
        var hasher = Hasher()
        if entry.isMarked {
            for byte in unescaped(entry) {
                hasher.combine(byte)
            }
        } else {
            for byte in bytes[range(entry)] {
                hasher.combine(byte)
            }
        }
        return hasher.finalize()
    }
}
