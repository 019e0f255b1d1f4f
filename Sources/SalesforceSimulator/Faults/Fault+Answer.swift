import JSON

extension Fault.OddResults {
    /// A list of results in this shape.
    func list(of results: [JSONValue]) -> [JSONValue] {
        switch self {
        case .fewer: results.dropLast()
        case .reversed: results.reversed()
        case .silent:
            results.map { result in
                .record((result.objectValue?.members ?? []).filter { $0.name != "success" }.map { ($0.name, $0.value) })
            }
        }
    }
}

extension Fault.Answer {
    /// The answer as the wire carries it.
    var response: OrgResponse {
        let error = APIError(status, code, message)
        var response: OrgResponse
        switch body {
        case .json:
            response = .error(error)
        case .jsonObject:
            response = .json(error.listItem, status: status)
        case .jsonSeveral:
            response = .json(.array([error.listItem, error.listItem]), status: status)
        case .duplicates:
            response = .json(Self.duplicates, status: status)
        case .html:
            let page = "<html><body><center>We are down for maintenance.</center></body></html>"
            response = .text(page, status: status, contentType: "text/html;charset=UTF-8")
        case .empty:
            response = OrgResponse(status: status)
        case .text:
            response = .text(message, status: status, contentType: "text/plain;charset=UTF-8")
        case .truncated:
            let whole = OrgResponse.error(error).body
            let half = Array(whole.prefix(whole.count / 2))
            response = OrgResponse(
                status: status,
                payload: .bytes(half, contentType: "application/json;charset=UTF-8")
            )
        case .xml:
            let text =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Errors><Error><errorCode>\(code)</errorCode>"
                + "<message>\(message)</message></Error></Errors>"
            response = .text(text, status: status, contentType: "application/xml")
        case .notUTF8:
            response = OrgResponse(
                status: status,
                payload: .bytes([0x5B, 0x7B, 0x22, 0xFF, 0xFE, 0xC0, 0x22], contentType: "application/json")
            )
        }
        response.headers += headers
        return response
    }

    private static var duplicates: JSONValue {
        .array([
            .record([
                ("duplicateResult", .record([("allowSave", .bool(true)), ("matchResults", .array([]))])),
                ("errorCode", .string("DUPLICATES_DETECTED")),
                ("message", .string("Use one of these records?")),
            ])
        ])
    }
}
