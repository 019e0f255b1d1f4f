import JSON

/// One Salesforce org as a value: it takes requests with the time and says what to answer.
///
/// A call has three moments, so that overlapping calls can be seen: `begin` when it arrives, `perform` when its latency
/// is over, `end` when its answer has been sent. `handle` does all three at once.
package struct Org: Sendable {
    /// What the org was told; changes count from the next call on.
    package var settings: OrgSettings
    /// The faults that are switched on.
    var faults: FaultPlan
    /// What happened since the start or the last reset.
    package private(set) var statistics = Statistics()
    /// The objects by name; a test may hide a field or make it read-only.
    package var schema: [String: ObjectType] = [:]

    var tables: [String: Table] = [:]
    var bulkJobs: [String: BulkJob] = [:]
    var queryCursors: [String: QueryCursor] = [:]
    var sessions: Set<String> = []
    var nextNumber = 1
    var callCount = 0
    private var inFlight = InFlight()

    private static let uriBytesMax = 16_384

    /// Makes an org without records.
    package init(settings: OrgSettings = OrgSettings(), faults: [Fault] = []) {
        self.settings = settings
        self.faults = FaultPlan(faults: faults)
        for type in StandardSchema.objects {
            schema[type.name] = type
            tables[type.name] = Table(type: type)
        }
    }

    /// A call between its arrival and its answer.
    package struct Call: Sendable {
        /// How long the edge waits before it performs the call.
        package var delayMilliseconds = 0
        /// How long the edge pauses in the middle of the body; 0 sends it at once.
        package var bodyDelayMilliseconds = 0
        /// The fault that keeps it from going on.
        var heldBy: String?
        let number: Int
        let request: OrgRequest
        var operation: Operation
        var fate = Fate.perform
        var recordFaults: [Fault] = []
        var touched = Touched()
    }

    /// What becomes of a call.
    enum Fate: Sendable {
        case perform
        case answer(OrgResponse)
        case close
        case performAndClose
    }

    /// Records and parents that a call writes.
    struct Touched: Sendable {
        var records: Set<String> = []
        var accounts: Set<String> = []
    }

    /// Answers a request as if nothing else were going on; nil means that the connection closes without an answer.
    package mutating func handle(_ request: OrgRequest, at now: OrgTime) -> OrgResponse? {
        let call = begin(request, at: now)
        defer {
            end(call)
        }
        return perform(call, at: now)
    }

    /// Takes a request in: counts it, decides which faults hit it, and notes what it is about to write.
    package mutating func begin(_ request: OrgRequest, at now: OrgTime) -> Call {
        var operation = Operation(request)
        callCount += 1
        let bodyError = operation.readBody(contentType: request.header("content-type"))
        var call = Call(number: callCount, request: request, operation: operation)
        let kind = operation.kind
        if kind == .control {
            call.fate = bodyError.map { .answer(.error($0)) } ?? .perform
            return call
        }
        let isWrite = operation.withSubrequests.contains { $0.kind.isWrite }
        statistics.count(request, kind: kind, isWrite: isWrite, at: now)
        call.delayMilliseconds = settings.latencyMilliseconds
        applyFaults(to: &call)
        if case .perform = call.fate, let refusal = refusal(of: call) ?? bodyError {
            call.fate = .answer(.error(refusal))
        }
        if request.uri.utf8.count > Self.uriBytesMax {
            call.fate = .answer(.text("URI Too Long", status: 414, contentType: "text/plain;charset=UTF-8"))
        }
        switch call.fate {
        case .perform, .performAndClose:
            call.touched = touched(by: operation)
        case .answer, .close:
            break
        }
        inFlight.enter(call.touched, into: &statistics)
        return call
    }

    /// Whether a fault that is still there keeps a call from going on.
    func isHeld(_ call: Call) -> Bool {
        call.heldBy.map { name in faults.faults.contains { $0.name == name } } ?? false
    }

    /// Does what a call asks and returns its answer; nil means that the connection closes without one.
    package mutating func perform(_ call: Call, at now: OrgTime) -> OrgResponse? {
        var response: OrgResponse
        switch call.fate {
        case .close:
            return nil
        case .answer(let ready):
            response = ready
        case .perform, .performAndClose:
            let context = CallContext(call: call, now: now, origin: origin(of: call.request))
            response = execute(call.operation, context)
        }
        if case .performAndClose = call.fate {
            return nil
        }
        finishHeaders(of: &response, call)
        return response
    }

    /// Lets a call go: the records it wrote are no longer in use.
    package mutating func end(_ call: Call) {
        if call.operation.kind != .control {
            inFlight.leave(call.touched)
        }
    }

    /// Forgets records, sessions, faults and statistics; the settings and the schema stay.
    package mutating func reset() {
        for type in schema.values {
            tables[type.name] = Table(type: type)
        }
        bulkJobs = [:]
        queryCursors = [:]
        faults = FaultPlan()
        sessions = []
        statistics = Statistics()
    }

    mutating func countWrites(_ change: (inout Statistics) -> Void) {
        change(&statistics)
    }

    /// Counts from zero again.
    package mutating func resetStatistics() {
        statistics = Statistics()
    }

    mutating func makeNumber() -> Int {
        defer {
            nextNumber += 1
        }
        return nextNumber
    }

    private func origin(of request: OrgRequest) -> String {
        settings.instanceURL ?? "http://\(request.header("host") ?? "127.0.0.1")"
    }

    /// Why a call is not allowed to do anything: no session, or no allocation left.
    private mutating func refusal(of call: Call) -> APIError? {
        let kind = call.operation.kind
        guard kind.isData, call.operation.route != .versions else {
            return nil
        }
        guard let header = call.request.header("authorization") else {
            return APIError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        }
        let parts = header.split(separator: " ")
        guard parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) else {
            return APIError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        }
        guard sessions.contains(String(parts[1])) else {
            return .sessionExpired
        }
        guard statistics.dataCalls <= settings.dailyCallsMax else {
            return .dailyLimit
        }
        return nil
    }

    private mutating func finishHeaders(of response: inout OrgResponse, _ call: Call) {
        let kind = call.operation.kind
        guard kind != .control else {
            return
        }
        let number = pad(Int64(call.number), 12)
        response.headers.append(("X-Sfdc-Request-Id", "sim-\(number)"))
        response.headers.append(("Set-Cookie", "BrowserId=sim\(number); path=/; secure; SameSite=None"))
        response.headers.append(("Set-Cookie", "CookieConsentPolicy=0:1; path=/; secure"))
        if kind.isData {
            let used = min(statistics.dataCalls, settings.dailyCallsMax)
            response.headers.append(("Sforce-Limit-Info", "api-usage=\(used)/\(settings.dailyCallsMax)"))
        }
    }
}
