import ConsentAPI
import JSON
import JSONRPC

/// All methods but `publishConsent`, by name: who may call them, and what runs.
///
/// Access is decided before parameters are looked at.
struct MethodTable: Sendable {
    private var entries: [String: Entry] = [:]

    private struct Entry: Sendable {
        var access: Access
        var positionalParameters: [String]
        var schema: MethodSchema
        var isAdminOnly: @Sendable (JSONObject) -> Bool
        var prepare: @Sendable (ParamsReader, CallScope) throws(ErrorObject) -> Execution
    }

    /// Who calls, and how.
    struct CallScope: Sendable {
        var peer: PeerCredentials
        var role: SocketRole
        var metadata: CallMetadata
    }

    mutating func add<Method: RPCMethod>(
        _ type: Method.Type,
        _ handler: @escaping @Sendable (Method, CallScope) -> Execution
    ) {
        precondition(entries[Method.name] == nil, "a method is registered once")
        entries[Method.name] = Entry(
            access: Method.access,
            positionalParameters: Method.positionalParameters,
            schema: Method.schema,
            isAdminOnly: Method.isAdminOnly
        ) { (params, scope) throws(ErrorObject) in
            let method = Method.decode(params)
            params.finish()
            guard params.violations.isEmpty, let method else { throw .invalidArgument(params.violations) }
            return handler(method, scope)
        }
    }

    /// The names of all methods in their order.
    var names: [String] { entries.keys.sorted() }

    /// Adds every method to a document.
    func describe(in document: inout OpenRPCDocument) {
        for (name, entry) in entries {
            document.add(name, entry.access, positional: !entry.positionalParameters.isEmpty, entry.schema)
        }
    }

    /// Decodes a call and gives what is to be done, with the caller's wishes about the call itself.
    ///
    /// - Throws: UNIMPLEMENTED, PERMISSION_DENIED, INVALID_ARGUMENT, in this order.
    func prepare(
        _ request: Request,
        in document: borrowing JSONDocument,
        peer: PeerCredentials,
        role: SocketRole,
        context: ParamsReader.Context
    ) throws(ErrorObject) -> (Execution, CallMetadata) {
        guard let entry = entries[request.method] else { throw .methodNotFound(request.method) }
        guard entry.access == .any || role == .admin else { throw .notOnThisSocket(request.method) }
        let object = try Self.object(request, document, entry.positionalParameters)
        guard role == .admin || !entry.isAdminOnly(object) else { throw .notOnThisSocket(request.method) }
        let reader = ParamsReader(object, context: context)
        let metadata = CallMetadata.decode(reader)
        let scope = CallScope(peer: peer, role: role, metadata: metadata)
        return (try entry.prepare(reader, scope), metadata)
    }

    /// The parameters by name; an array of them is taken where all are scalars.
    private static func object(
        _ request: Request,
        _ document: borrowing JSONDocument,
        _ positional: [String]
    ) throws(ErrorObject) -> JSONObject {
        guard let params = request.params else { return JSONObject() }
        switch JSONValue(document, params) {
        case .object(let object): return object
        case .array(let elements):
            guard elements.isEmpty || !positional.isEmpty else {
                throw .notAnObject
            }
            guard elements.count <= positional.count else {
                throw .invalidArgument([
                    FieldViolation(path: "[\(positional.count)]", message: "is one parameter too many")
                ])
            }
            return JSONObject(zip(positional, elements))
        default: return JSONObject()
        }
    }
}
