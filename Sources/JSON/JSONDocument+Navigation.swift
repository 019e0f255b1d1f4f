extension JSONDocument {
    /// The name of the first member of an object; nil for an empty one and for any other value.
    @inline(__always)
    package func firstMember(of object: JSONNode) -> JSONNode? {
        entry(object).is(.object) ? unlessEnd(object.index &+ 1) : nil
    }

    /// The value of the member with this name node.
    @inline(__always)
    package func value(ofMember name: JSONNode) -> JSONNode {
        JSONNode(index: name.index &+ 1)
    }

    /// The name of the member after this one, nil after the last.
    @inline(__always)
    package func member(after name: JSONNode) -> JSONNode? {
        unlessEnd(index(after: name.index &+ 1))
    }

    /// The first element of an array; nil for an empty one and for any other value.
    @inline(__always)
    package func firstElement(of array: JSONNode) -> JSONNode? {
        entry(array).is(.array) ? unlessEnd(array.index &+ 1) : nil
    }

    /// The element after this one, nil after the last.
    @inline(__always)
    package func element(after element: JSONNode) -> JSONNode? {
        unlessEnd(index(after: element.index))
    }

    /// The members of an object as pairs of name and value, in the order of the text; none for any other value.
    package func members(of object: JSONNode) -> JSONMembers {
        JSONMembers(document: self, upcoming: firstMember(of: object))
    }

    /// The elements of an array; none for any other value.
    package func elements(of array: JSONNode) -> JSONElements {
        JSONElements(document: self, upcoming: firstElement(of: array))
    }

    /// The value of the first member of an object with this name.
    package func member(of object: JSONNode, named name: String) -> JSONNode? {
        var key = firstMember(of: object)
        while let current = key {
            if stringEquals(current, name) { return value(ofMember: current) }
            key = member(after: current)
        }
        return nil
    }

    /// The number of members or elements of a container, 0 for any other value; linear in that number.
    package func count(of container: JSONNode) -> Int {
        var count = 0
        var member = firstMember(of: container)
        while let current = member {
            count += 1
            member = self.member(after: current)
        }
        var element = firstElement(of: container)
        while let current = element {
            count += 1
            element = self.element(after: current)
        }
        return count
    }

    @inline(__always)
    private func unlessEnd(_ index: Int) -> JSONNode? {
        TapeEntry(bits: tape[index]).is(.end) ? nil : JSONNode(index: index)
    }

    @inline(__always)
    private func index(after index: Int) -> Int {
        let entry = TapeEntry(bits: tape[index])
        return entry.isContainer ? entry.extent : index &+ 1
    }
}

/// The members of an object; keeps the document alive, so hot loops use `firstMember(of:)` and `member(after:)`.
package struct JSONMembers: Sequence, IteratorProtocol {
    let document: JSONDocument
    var upcoming: JSONNode?

    /// The next member.
    package mutating func next() -> (name: JSONNode, value: JSONNode)? {
        guard let name = upcoming else { return nil }
        upcoming = document.member(after: name)
        return (name, document.value(ofMember: name))
    }
}

/// The elements of an array; keeps the document alive, so hot loops use `firstElement(of:)` and `element(after:)`.
package struct JSONElements: Sequence, IteratorProtocol {
    let document: JSONDocument
    var upcoming: JSONNode?

    /// The next element.
    package mutating func next() -> JSONNode? {
        guard let element = upcoming else { return nil }
        upcoming = document.element(after: element)
        return element
    }
}
