extension JSONDocument {
    /// The content hash of a value: members in any order, strings and numbers in any spelling give the same.
    package func digest(_ node: JSONNode) -> JSONDigest {
        var index = node.index
        var mixer = DigestMixer(tag: 32)
        mixer.absorb(part(at: &index, in: bytes.span, tape.span))
        return mixer.digest
    }

    /// Reads the value at a tape index and moves the index behind it; recursion is bounded by the nesting limit.
    private func part(at index: inout Int, in bytes: Span<UInt8>, _ tape: Span<UInt64>) -> JSONDigest {
        let entry = TapeEntry(bits: tape[index])
        var mixer = DigestMixer(tag: UInt64(entry.rawKind))
        index &+= 1
        switch TapeEntry.Kind(rawValue: entry.rawKind) {
        case .object:
            // A sum does not depend on the order of what is summed.
            var sum = JSONDigest(high: 0, low: 0)
            var count: UInt64 = 0
            while index < entry.extent &- 1 {
                var member = DigestMixer(tag: 16)
                absorbString(TapeEntry(bits: tape[index]), in: bytes, into: &member)
                index &+= 1
                member.absorb(part(at: &index, in: bytes, tape))
                let digest = member.digest
                sum.high &+= digest.high
                sum.low &+= digest.low
                count &+= 1
            }
            index = entry.extent
            mixer.absorb(sum)
            mixer.absorb(count, 0)
        case .array:
            while index < entry.extent &- 1 {
                mixer.absorb(part(at: &index, in: bytes, tape))
            }
            index = entry.extent
        case .string:
            absorbString(entry, in: bytes, into: &mixer)
        case .number:
            absorbNumber(entry, into: &mixer)
        case .yes, .no, .null, .end, nil:
            break
        }
        return mixer.part
    }

    @inline(__always)
    private func absorbString(_ entry: TapeEntry, in bytes: Span<UInt8>, into mixer: inout DigestMixer) {
        guard entry.isMarked else {
            return mixer.absorb(bytes, from: base &+ entry.offset, count: entry.extent)
        }
        let text = unescaped(entry)
        mixer.absorb(text.span, from: 0, count: text.count)
    }

    private func absorbNumber(_ entry: TapeEntry, into mixer: inout DigestMixer) {
        let value = decimal(entry)
        mixer.absorb(value.significand, UInt64(bitPattern: Int64(value.exponent)))
        mixer.absorb(value.isNegative ? 1 : 0, 0)
        if !value.spill.isEmpty {
            mixer.absorb(value.spill.span, from: 0, count: value.spill.count)
        }
    }
}
