import JSON

/// What every part of a call's work needs to know about the call.
struct CallContext: Sendable {
    let number: Int
    let now: OrgTime
    /// The same as a record keeps it.
    let stamp: JSONValue
    let origin: String
    let request: OrgRequest
    let faults: [Fault]

    init(call: Org.Call, now: OrgTime, origin: String) {
        number = call.number
        self.now = now
        stamp = .string(now.dateTimeText)
        self.origin = origin
        request = call.request
        faults = call.recordFaults
    }

    /// The version segment of the path, for the URLs inside answers.
    var dataPath: String {
        let path = request.path
        return path.count > 2 && path[1] == "data" ? "/services/data/\(path[2])" : "/services/data/v66.0"
    }

    /// Whether a fault leaves out the last row of a query.
    var lacksLastRow: Bool {
        faults.contains { if case .fewerRows = $0.effect { true } else { false } }
    }

    /// The error that a fault prescribes for the `index`-th record of the call.
    func fault(at index: Int, subjects: [String]) -> APIError? {
        for fault in faults {
            switch fault.effect {
            case .lock(let names, let first):
                if index < first || names.contains(where: { subjects.contains($0.lowercased()) }) {
                    return APIError(
                        400,
                        "UNABLE_TO_LOCK_ROW",
                        "unable to obtain exclusive access to this record or 1 records",
                        fields: []
                    )
                }
            case .recordError(let subject, let code, let message, let fields):
                if subjects.contains(subject.lowercased()) {
                    return APIError(400, code, message, fields: fields)
                }
            default:
                continue
            }
        }
        return nil
    }
}
