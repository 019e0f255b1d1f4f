package import JSON

/// What an org counted since its start or its last reset.
package struct Statistics: Sendable {
    /// Calls by kind, refused and faulty ones included.
    package internal(set) var callsByKind: [RequestKind: Int] = [:]
    /// Calls that count against the daily allocation.
    package internal(set) var dataCalls = 0
    /// Tokens and sessions that were handed out.
    package internal(set) var logins = 0
    /// Logins that were refused, those by a fault included.
    package internal(set) var loginsRefused = 0
    /// Records that were created by calls, not by seeding.
    package internal(set) var recordsCreated = 0
    /// Successful updates, counted per record and write.
    package internal(set) var recordsUpdated = 0
    /// Records that were deleted by calls.
    package internal(set) var recordsDeleted = 0
    /// Records that failed in collections calls and bulk jobs.
    package internal(set) var recordsFailed = 0
    /// The most calls that were open at once.
    package internal(set) var concurrentMax = 0
    /// The most calls that wrote one record at once; 1 is right.
    package internal(set) var writesPerRecordMax = 0
    /// The most calls that wrote contacts of one account at once; 1 is right.
    package internal(set) var writesPerAccountMax = 0
    /// How often a call began to write a record that another call was still writing.
    package internal(set) var overlappingWrites = 0
    /// How often a call began to write under an account under which another call was still writing.
    package internal(set) var overlappingAccountWrites = 0
    /// Writes that would have run assignment rules, because `Sforce-Auto-Assign: FALSE` was missing.
    package internal(set) var autoAssignTrue = 0
    /// Request lines that held an `@`, plain or encoded.
    package internal(set) var personalDataInURL = 0
    /// Requests that sent a cookie back.
    package internal(set) var cookiesReceived = 0
    /// Records per collections write: how many calls carried that many.
    package internal(set) var batchSizes: [Int: Int] = [:]
    /// Calls per second since 1970, of the last hour.
    package internal(set) var callsPerSecond: [Int64: Int] = [:]

    /// All calls but those to the control API.
    package var calls: Int {
        callsByKind.values.reduce(0, +)
    }

    mutating func count(_ request: OrgRequest, kind: RequestKind, isWrite: Bool, at now: OrgTime) {
        callsByKind[kind, default: 0] += 1
        if kind.isData {
            dataCalls += 1
        }
        let second = now.milliseconds / 1_000
        callsPerSecond[second, default: 0] += 1
        if callsPerSecond.count > 3_600, let oldest = callsPerSecond.keys.min() {
            callsPerSecond[oldest] = nil
        }
        if request.uri.contains("@") || request.uri.contains("%40") {
            personalDataInURL += 1
        }
        if request.header("cookie") != nil {
            cookiesReceived += 1
        }
        if isWrite, request.header("sforce-auto-assign")?.uppercased() != "FALSE" {
            autoAssignTrue += 1
        }
    }

    /// The statistics as the control API shows them.
    package var json: JSONValue {
        let kinds = callsByKind.sorted { $0.key.rawValue < $1.key.rawValue }
        let seconds = callsPerSecond.sorted { $0.key < $1.key }
        return .record([
            (
                "calls",
                .record([
                    ("total", .int(calls)),
                    ("data", .int(dataCalls)),
                    ("by_kind", .record(kinds.map { ($0.key.rawValue, .int($0.value)) })),
                ])
            ),
            ("logins", .int(logins)),
            ("logins_refused", .int(loginsRefused)),
            ("records_created", .int(recordsCreated)),
            ("records_updated", .int(recordsUpdated)),
            ("records_deleted", .int(recordsDeleted)),
            ("records_failed", .int(recordsFailed)),
            ("concurrent_max", .int(concurrentMax)),
            ("writes_per_record_max", .int(writesPerRecordMax)),
            ("writes_per_account_max", .int(writesPerAccountMax)),
            ("overlapping_writes", .int(overlappingWrites)),
            ("overlapping_account_writes", .int(overlappingAccountWrites)),
            ("auto_assign_true", .int(autoAssignTrue)),
            ("personal_data_in_url", .int(personalDataInURL)),
            ("cookies_received", .int(cookiesReceived)),
            (
                "batch_sizes",
                .record(batchSizes.sorted { $0.key < $1.key }.map { (String($0.key), .int($0.value)) })
            ),
            (
                "per_second",
                .array(seconds.map { .record([("second", .int(Int($0.key))), ("calls", .int($0.value))]) })
            ),
        ])
    }
}
