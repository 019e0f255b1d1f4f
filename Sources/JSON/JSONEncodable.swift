/// A value that knows its JSON.
package protocol JSONEncodable {
    /// Writes exactly one JSON value.
    func write(to writer: inout JSONWriter)
}

extension JSONEncodable {
    /// The value as compact JSON.
    package var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.take()
    }
}

extension String: JSONEncodable {
    /// Writes a string.
    package func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Bool: JSONEncodable {
    /// Writes `true` or `false`.
    package func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Int: JSONEncodable {
    /// Writes an integer.
    package func write(to writer: inout JSONWriter) { writer.int(self) }
}

extension Int64: JSONEncodable {
    /// Writes an integer.
    package func write(to writer: inout JSONWriter) { writer.int(self) }
}

extension UInt64: JSONEncodable {
    /// Writes an integer.
    package func write(to writer: inout JSONWriter) { writer.int(self) }
}

extension Double: JSONEncodable {
    /// Writes a number, `null` where it is not finite.
    package func write(to writer: inout JSONWriter) { writer.double(self) }
}

extension Array: JSONEncodable where Element: JSONEncodable {
    /// Writes an array.
    package func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self {
            element.write(to: &writer)
        }
        writer.endArray()
    }
}

extension JSONWriter {
    /// Writes a member, whose name needs no escapes.
    @inline(__always)
    package mutating func member(_ name: StaticString, _ value: some JSONEncodable) {
        key(plain: name)
        value.write(to: &self)
    }

    /// Writes a member, whose name needs no escapes.
    @inline(__always)
    package mutating func member(_ name: StaticString, _ value: String) {
        key(plain: name)
        string(value)
    }

    /// Writes a member, whose name needs no escapes.
    @inline(__always)
    package mutating func member(_ name: StaticString, _ value: Int) {
        key(plain: name)
        int(value)
    }

    // Without these the most frequent members would go through a protocol's witnesses, ten times as slowly.

    /// Writes a member, whose name needs no escapes.
    @inline(__always)
    package mutating func member(_ name: StaticString, _ value: UInt64) {
        key(plain: name)
        int(value)
    }

    /// Writes a member, whose name needs no escapes.
    @inline(__always)
    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(plain: name)
        bool(value)
    }

    /// Writes a member that has a value, and nothing for nil.
    @inline(__always)
    package mutating func member(_ name: StaticString, ifPresent value: (some JSONEncodable)?) {
        guard let value else { return }
        member(name, value)
    }

    /// Writes a member whose name is only known at run time.
    package mutating func member(named name: String, _ value: some JSONEncodable) {
        key(name)
        value.write(to: &self)
    }
}
