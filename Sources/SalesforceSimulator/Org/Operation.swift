import JSON

/// What a request asks for, after its path and body were read.
struct Operation: Sendable {
    var method: String
    var route: Route
    var queryItems: [(String, String)] = []
    var body: JSONValue?
    var rawBody: [UInt8] = []

    /// The resource that a path names.
    enum Route: Equatable, Sendable {
        case control([String])
        case token
        case soapLogin
        case userInfo
        case versions
        case resources
        case limits
        case describeGlobal
        case objectInfo(String)
        case describe(String)
        case query(String, includingDeleted: Bool)
        case queryPage(String)
        case composite
        case collections
        case collectionsOf(String)
        case collectionsUpsert(String, field: String)
        case object(String)
        case record(String, id: String)
        case recordByKey(String, field: String, value: String)
        case bulkJobs
        case bulkJob(String)
        case bulkBatches(String)
        case bulkResults(String, String)
        case unknown
    }

    init(_ request: OrgRequest) {
        method = request.method.uppercased()
        queryItems = request.queryItems
        rawBody = request.body
        route = Self.route(request.path, queryItems)
        if route == .unknown, method == "OPTIONS" {
            method = "GET"
        }
    }

    init(method: String, url: String, body: JSONValue?) {
        let request = OrgRequest(method, url)
        self.init(request)
        self.body = body
    }

    var kind: RequestKind {
        switch route {
        case .control: .control
        case .token: .token
        case .soapLogin: .soapLogin
        case .userInfo: .userInfo
        case .versions, .resources: .versions
        case .limits: .limits
        case .describeGlobal, .objectInfo, .describe:
            if case .objectInfo = route, method == "POST" { .create } else { .describe }
        case .query, .queryPage: .query
        case .composite: .composite
        case .collections:
            switch method {
            case "POST": .collectionsCreate
            case "DELETE": .collectionsDelete
            default: .collectionsUpdate
            }
        case .collectionsOf: .collectionsRetrieve
        case .collectionsUpsert: .collectionsUpsert
        case .object: .create
        case .record:
            switch method {
            case "GET": .retrieve
            case "DELETE": .delete
            default: .update
            }
        case .recordByKey: method == "GET" ? .retrieve : .upsert
        case .bulkJobs, .bulkJob, .bulkBatches, .bulkResults: .bulk
        case .unknown: .unknown
        }
    }

    func queryItem(_ name: String) -> String? {
        queryItems.first { $0.0 == name }?.1
    }

    private static func route(_ path: [String], _ items: [(String, String)]) -> Route {
        switch path.first {
        case "simulator":
            return .control(Array(path.dropFirst()))
        case "services":
            break
        default:
            return .unknown
        }
        switch Array(path.dropFirst()) {
        case ["oauth2", "token"]:
            return .token
        case ["oauth2", "userinfo"]:
            return .userInfo
        case let rest where rest.count >= 3 && rest[0] == "Soap":
            return .soapLogin
        case ["data"]:
            return .versions
        case let rest where rest.count >= 2 && rest[0] == "data" && isKnownVersion(rest[1]):
            return dataRoute(Array(rest.dropFirst(2)), items)
        default:
            return .unknown
        }
    }

    private static func dataRoute(_ path: [String], _ items: [(String, String)]) -> Route {
        let statement = items.first { $0.0 == "q" }?.1
        switch path.count {
        case 0:
            return .resources
        case 1:
            switch path[0] {
            case "limits": return .limits
            case "sobjects": return .describeGlobal
            case "composite": return .composite
            case "query": return statement.map { .query($0, includingDeleted: false) } ?? .unknown
            case "queryAll": return statement.map { .query($0, includingDeleted: true) } ?? .unknown
            default: return .unknown
            }
        default:
            break
        }
        switch (path[0], path.count) {
        case ("query", 2), ("queryAll", 2): return .queryPage(path[1])
        case ("composite", 2...4) where path[1] == "sobjects":
            return collectionsRoute(Array(path.dropFirst(2)))
        case ("sobjects", 2): return .objectInfo(path[1])
        case ("sobjects", 3): return path[2] == "describe" ? .describe(path[1]) : .record(path[1], id: path[2])
        case ("sobjects", 4): return .recordByKey(path[1], field: path[2], value: path[3])
        case ("jobs", 2...4) where path[1] == "ingest": return bulkRoute(Array(path.dropFirst(2)))
        default: return .unknown
        }
    }

    private static func collectionsRoute(_ path: [String]) -> Route {
        switch path.count {
        case 0: .collections
        case 1: .collectionsOf(path[0])
        default: .collectionsUpsert(path[0], field: path[1])
        }
    }

    private static func bulkRoute(_ path: [String]) -> Route {
        switch path.count {
        case 0: .bulkJobs
        case 1: .bulkJob(path[0])
        default: path[1] == "batches" ? .bulkBatches(path[0]) : .bulkResults(path[0], path[1])
        }
    }

    static let versions = (50...67).map { "\($0).0" }

    private static func isKnownVersion(_ segment: String) -> Bool {
        segment.hasPrefix("v") && versions.contains(String(segment.dropFirst()))
    }
}
