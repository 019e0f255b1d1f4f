import JSON

/// One ingest job of Bulk API 2.0.
struct BulkJob: Sendable {
    let id: String
    let objectName: String
    let operation: String
    let externalIDField: String?
    let createdAt: OrgTime
    var state = State.open
    var csv: [UInt8] = []
    var successes: [Row] = []
    var failures: [Row] = []
    /// Lines that the job never came to.
    var unprocessed: [[String]] = []
    var columns: [String] = []

    /// Where a job is in its life.
    enum State: String, Sendable {
        case open = "Open"
        case uploadComplete = "UploadComplete"
        case inProgress = "InProgress"
        case jobComplete = "JobComplete"
        case aborted = "Aborted"
        case failed = "Failed"
    }

    /// One processed line with its outcome in front.
    struct Row: Sendable {
        var id: String
        var outcome: String
        var cells: [String]
    }

    func json(dataPath: String) -> JSONValue {
        .record([
            ("id", .string(id)), ("operation", .string(operation)), ("object", .string(objectName)),
            ("createdById", "0055g000000SIMUSER"), ("createdDate", .string(createdAt.dateTimeText)),
            ("systemModstamp", .string(createdAt.dateTimeText)), ("state", .string(state.rawValue)),
            ("externalIdFieldName", externalIDField.map { .string($0) } ?? .null),
            ("concurrencyMode", "Parallel"), ("contentType", "CSV"), ("apiVersion", .number(apiVersion(dataPath))),
            ("contentUrl", .string("\(dataPath.dropFirst())/jobs/ingest/\(id)/batches")),
            ("lineEnding", "LF"), ("columnDelimiter", "COMMA"), ("jobType", "V2Ingest"),
            ("numberRecordsProcessed", .int(successes.count + failures.count)),
            ("numberRecordsFailed", .int(failures.count)), ("retries", 0), ("totalProcessingTime", 1),
        ])
    }

    private func apiVersion(_ dataPath: String) -> String {
        String(dataPath.split(separator: "/").last?.dropFirst() ?? "66.0")
    }
}

/// Comma-separated values as RFC 4180 describes them.
enum CSV {
    static func rows(_ bytes: [UInt8]) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var index = 0
        let quote = UInt8(ascii: "\"")
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte != quote {
                    cell.append(byte)
                } else if index < bytes.count, bytes[index] == quote {
                    cell.append(quote)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                row.append(String(decoding: cell, as: UTF8.self))
                cell = []
            } else if byte == UInt8(ascii: "\n") {
                row.append(String(decoding: cell, as: UTF8.self))
                rows.append(row)
                (row, cell) = ([], [])
            } else if byte != UInt8(ascii: "\r") {
                cell.append(byte)
            }
        }
        if !cell.isEmpty || !row.isEmpty {
            rows.append(row + [String(decoding: cell, as: UTF8.self)])
        }
        return rows
    }

    static func line(_ cells: [String]) -> String {
        cells.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\n"
    }
}
