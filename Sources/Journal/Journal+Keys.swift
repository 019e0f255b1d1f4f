extension Journal {
    /// Makes sure that a segment's key is durable before the segment is begun.
    func stockKeys(for index: UInt64) throws(JournalError) {
        guard var table = keyTable, let kek, table[.segment(index)] == nil else { return }
        table.addStock(from: index)
        try directory.replace(JournalName.keys, with: table.encoded(under: kek))
        keyTable = table
    }

    /// Takes up the current segment's key.
    func adoptCipher() {
        guard let keyTable else { return }
        let name = KeyName.segment(segment.index)
        guard let key = keyTable[name] else { preconditionFailure("a segment is begun only once it has a key") }
        let cipher = PayloadCipher(key, name: name, storeID: manifest.storeID, salt: segment.salt)
        sealedFrame = SealedFrame(cipher: cipher, files: directory.files)
    }
}
