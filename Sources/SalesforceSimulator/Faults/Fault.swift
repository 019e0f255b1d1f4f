/// Something that goes wrong on purpose, for the calls it matches and as often as it says.
package struct Fault: Sendable {
    /// What people call it in answers of the control API.
    package var name: String
    /// What it does.
    package var effect: Effect
    /// Which calls it hits.
    package var match: Match
    /// How many more calls it hits; nil means until it is removed.
    package var times: Int?
    /// How many matching calls pass unharmed first.
    package var skip: Int
    /// How many calls it has hit.
    package internal(set) var fired = 0

    /// Makes a fault; without `times` it stays until it is removed.
    package init(_ effect: Effect, match: Match = Match(), times: Int? = nil, skip: Int = 0, name: String? = nil) {
        self.name = name ?? effect.name
        self.effect = effect
        self.match = match
        self.times = times
        self.skip = skip
    }

    /// What a fault does to a call.
    package enum Effect: Sendable {
        /// Answers late; the work is done at the end of the wait.
        case latency(milliseconds: Int)
        /// Keeps the call until the fault is removed; the work is done after that, whether or not anybody still listens.
        case hold
        /// Sends the headers and half of the body, waits, and sends the rest.
        case slowBody(milliseconds: Int)
        /// Answers with a status and body instead of doing anything.
        case status(Answer)
        /// Answers every part of a `/composite` call in this way, which itself succeeds.
        case partStatus(Answer)
        /// Fails records with UNABLE_TO_LOCK_ROW: those named, or the first few of each call.
        case lock(subjects: [String], first: Int)
        /// Fails every write of one record.
        case recordError(subject: String, code: String, message: String, fields: [String])
        /// Fails the whole call with 400 when one record is in it.
        case batchError(subject: String, code: String, message: String)
        /// Forgets every session that was handed out.
        case expireTokens
        /// Refuses logins with an OAuth error.
        case refuseLogin(error: String, description: String)
        /// Closes the connection without doing anything.
        case resetBefore
        /// Does everything, then closes the connection without an answer.
        case resetAfterCommit
        /// Says that the daily allocation is used up.
        case dailyLimit
        /// Says that too many long calls run at once.
        case concurrentLimit
        /// Keeps bulk jobs from going on, or ends them before all of their records are processed.
        case bulkJob(BulkTrouble)
        /// Writes the records and answers with results of another shape than a client relies on.
        case results(OddResults)
        /// Leaves the last row out of queries' answers, which count it all the same.
        case fewerRows
    }

    /// What is wrong with the list of results.
    package enum OddResults: String, Sendable, CaseIterable {
        /// The last one is missing.
        case fewer
        /// They come in the opposite order.
        case reversed
        /// They say neither success nor failure.
        case silent
    }

    /// What becomes of a bulk job that is due to go on.
    package enum BulkTrouble: String, Sendable, CaseIterable {
        /// It stays as it is.
        case waits
        /// It fails, with no record processed.
        case fails
        /// Somebody aborts it when half of its records are processed.
        case aborted
    }

    /// A ready-made answer.
    package struct Answer: Sendable {
        /// The HTTP status.
        package var status: Int
        /// The shape of the body.
        package var body: Body
        /// The error code in the JSON and XML bodies.
        package var code: String
        /// The error message, or the whole of a plain text.
        package var message: String
        /// Further headers, for instance `Retry-After`.
        package var headers: [(name: String, value: String)]

        /// Makes an answer; `code` and `message` matter to the JSON bodies only.
        package init(
            _ status: Int,
            _ body: Body,
            code: String = "UNKNOWN_EXCEPTION",
            message: String = "An unexpected error occurred.",
            headers: [(name: String, value: String)] = []
        ) {
            self.status = status
            self.body = body
            self.code = code
            self.message = message
            self.headers = headers
        }
    }

    /// The body shapes that Salesforce and the proxies before it are known to send.
    package enum Body: String, Sendable, CaseIterable {
        case json
        case jsonObject = "json_object"
        case jsonSeveral = "json_several"
        case duplicates
        case html
        case empty
        case text
        case truncated
        case xml
        case notUTF8 = "not_utf8"
    }

    /// Which calls a fault hits: all members that are set must agree.
    package struct Match: Sendable {
        /// A call of this kind, or a `/composite` call that carries one.
        package var kind: RequestKind?
        /// An object that the call names, in any case.
        package var sobject: String?
        /// A record in the call: its id, or any of its key fields such as Email.
        package var subject: String?

        /// Makes a match; without members it means every data call.
        package init(kind: RequestKind? = nil, sobject: String? = nil, subject: String? = nil) {
            self.kind = kind
            self.sobject = sobject
            self.subject = subject
        }
    }
}

extension Fault.Effect {
    /// The name of the effect in scenario files.
    package var name: String {
        switch self {
        case .latency: "latency"
        case .hold: "hold"
        case .slowBody: "slow_body"
        case .status: "status"
        case .partStatus: "part_status"
        case .lock: "lock"
        case .recordError: "record_error"
        case .batchError: "batch_error"
        case .expireTokens: "expire_tokens"
        case .refuseLogin: "refuse_login"
        case .resetBefore: "reset_before"
        case .resetAfterCommit: "reset_after_commit"
        case .dailyLimit: "daily_limit"
        case .concurrentLimit: "concurrent_limit"
        case .bulkJob: "bulk_job"
        case .results: "results"
        case .fewerRows: "fewer_rows"
        }
    }
}
