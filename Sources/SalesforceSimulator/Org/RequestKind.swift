/// The kinds of call that statistics count and faults can single out.
package enum RequestKind: String, Sendable, CaseIterable {
    case bulk
    case collectionsCreate = "collections_create"
    case collectionsDelete = "collections_delete"
    case collectionsRetrieve = "collections_retrieve"
    case collectionsUpdate = "collections_update"
    case collectionsUpsert = "collections_upsert"
    case composite
    case control
    case create
    case delete
    case describe
    case limits
    case query
    case retrieve
    case soapLogin = "soap_login"
    case token
    case unknown
    case update
    case upsert
    case userInfo = "user_info"
    case versions

    var isLogin: Bool {
        self == .token || self == .soapLogin
    }

    /// Whether the call counts against the org's daily allocation.
    var isData: Bool {
        !isLogin && self != .control && self != .userInfo
    }

    var isWrite: Bool {
        switch self {
        case .collectionsCreate, .collectionsDelete, .collectionsUpdate, .collectionsUpsert, .create, .delete, .update,
            .upsert:
            true
        default:
            false
        }
    }
}
