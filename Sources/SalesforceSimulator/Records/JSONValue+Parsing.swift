import JSON

extension JSONValue {
    /// Reads a request body.
    static func parsed(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        do {
            return try parse(bytes, nestingMax: 64)
        } catch {
            let column =
                switch error {
                case .syntax(let offset): offset + 1
                case .messageTooLarge, .nestingTooDeep: 1
                }
            throw .jsonParser("Unexpected character or end of input at [line:1, column:\(column)]")
        }
    }
}
