import Consent
import ConsentAPI
import JSON
import JSONRPC

/// The moment at which every test takes place.
let presentMoment = Timestamp(milliseconds: 1_773_480_413_589)

extension ParamsReader.Context {
    /// Takes any `https` URL of a Salesforce domain for its origin, as far as these tests need it.
    static let test = ParamsReader.Context(now: presentMoment) { url throws(ParamsReader.EndpointFault) in
        guard url.hasPrefix("https://"), url.contains(".my.salesforce.com") else {
            throw ParamsReader.EndpointFault(message: "must be https on a Salesforce domain")
        }
        return "https://" + (url.dropFirst(8).split(separator: "/").first ?? "")
    }
}

/// What became of parameters.
enum Decoded<Value> {
    case value(Value)
    case faults([FieldViolation])

    var value: Value? { if case .value(let value) = self { value } else { nil } }

    /// The paths of all faults, in their order.
    var paths: [String] { if case .faults(let faults) = self { faults.map(\.path) } else { [] } }

    var messages: [String] { if case .faults(let faults) = self { faults.map(\.message) } else { [] } }
}

/// Decodes as the service does: the method's own reading, then whatever nobody asked for.
func decode<Method: RPCMethod>(_ type: Method.Type, _ json: String) throws -> Decoded<Method> {
    let reader = ParamsReader(try JSONValue.parse(json).objectValue ?? JSONObject(), context: .test)
    let method = Method.decode(reader)
    reader.finish()
    guard reader.violations.isEmpty, let method else { return .faults(reader.violations) }
    return .value(method)
}

/// Decodes the parameters of a publish.
func publish(_ json: String) throws -> PublishConsent {
    let document = try JSONDocument(Array(json.utf8))
    return try PublishConsent.decode(document, document.root, now: presentMoment)
}

/// The error that the parameters of a publish are refused with.
func publishError(_ json: String) throws -> ErrorObject? {
    let document = try JSONDocument(Array(json.utf8))
    do throws(ErrorObject) {
        _ = try PublishConsent.decode(document, document.root, now: presentMoment)
        return nil
    } catch {
        return error
    }
}

extension JSONEncodable {
    var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}
