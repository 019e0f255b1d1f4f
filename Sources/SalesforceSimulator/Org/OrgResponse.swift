import JSON

/// One HTTP answer of the org.
package struct OrgResponse: Sendable {
    /// The HTTP status.
    package var status: Int
    /// The headers without those that describe the body.
    package var headers: [(name: String, value: String)] = []
    var payload: Payload = .none

    /// What follows the headers.
    enum Payload: Sendable {
        case none
        case json(JSONValue)
        case bytes([UInt8], contentType: String)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> OrgResponse {
        OrgResponse(status: status, payload: .json(value))
    }

    static func text(_ text: String, status: Int, contentType: String) -> OrgResponse {
        OrgResponse(status: status, payload: .bytes(Array(text.utf8), contentType: contentType))
    }

    static func error(_ error: APIError) -> OrgResponse {
        json(.array([error.listItem]), status: error.httpStatus)
    }

    /// The body's bytes.
    package var body: [UInt8] {
        switch payload {
        case .none: []
        case .json(let value): value.jsonBytes
        case .bytes(let bytes, _): bytes
        }
    }

    var contentType: String? {
        switch payload {
        case .none: nil
        case .json: "application/json;charset=UTF-8"
        case .bytes(_, let contentType): contentType
        }
    }

    /// The answer as a sub-answer of `/composite`.
    var compositeBody: JSONValue {
        switch payload {
        case .none: .null
        case .json(let value): value
        case .bytes(let bytes, _): .string(String(decoding: bytes, as: UTF8.self))
        }
    }
}
