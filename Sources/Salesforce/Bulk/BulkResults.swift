import Consent

/// What a job says of its records, from the lists of those that succeeded and those that failed.
package struct BulkResults: Sendable {
    private var results: [String: Result] = [:]

    package init() {}

    /// What became of one record.
    package enum Result: Hashable, Sendable {
        case success
        case failure(SalesforceError)
    }

    /// Takes a list's lines in; false when it is none, or not all of it.
    ///
    /// Nothing at all is a list of no records. A line that has not as many cells as there are columns is passed over: its record has no result.
    package mutating func add(_ bytes: [UInt8]) -> Bool {
        if bytes.isEmpty { return true }
        guard let lines = CSVTable.lines(bytes), let names = lines.first?.map({ $0.lowercased() }),
            let resultID = names.firstIndex(of: "sf__id")
        else { return false }
        let error = names.firstIndex(of: "sf__error")
        guard error != nil || names.contains("sf__created") else { return false }
        // The column as it was uploaded: of a record that failed Salesforce may not repeat the id.
        let uploadedID = names.firstIndex(of: "id")
        for line in lines.dropFirst() where line.count == names.count {
            let id = uploadedID.map { line[$0] } ?? line[resultID]
            guard !id.isEmpty else { continue }
            if let error {
                results[Self.key(id)] = .failure(Self.error(line[error]))
            } else if line[resultID].isEmpty || RecordID.isSame(line[resultID], id), results[Self.key(id)] == nil {
                results[Self.key(id)] = .success
            }
        }
        return true
    }

    /// What became of this record; nil when no list names it.
    package subscript(id: String) -> Result? { results[Self.key(id)] }

    /// Reads `CODE:message:fields --`, in which the message may hold colons too.
    static func error(_ text: String) -> SalesforceError {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        if text.hasSuffix("--") { text.removeLast(2) }
        guard let colon = text.firstIndex(of: ":") else { return SalesforceError(code: nil, message: String(text)) }
        let code = text[..<colon]
        guard !code.isEmpty, code.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            return SalesforceError(code: nil, message: String(text))
        }
        var message = text[text.index(after: colon)...]
        var fields: [String] = []
        if let last = message.lastIndex(of: ":") {
            let names = message[message.index(after: last)...].split { $0 == "," || $0 == " " }.map(String.init)
            if names.allSatisfy(SOQL.isFieldName) {
                fields = names
                message = message[..<last]
            }
        }
        return SalesforceError(code: String(code), message: String(message), fields: fields)
    }

    private static func key(_ id: String) -> String { FoundRecord.key(of: id) }
}
