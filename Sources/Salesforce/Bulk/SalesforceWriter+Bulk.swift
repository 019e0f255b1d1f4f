package import Consent
package import Delivery
import HTTPClient
import JSON

/// Bulk API 2.0 ingest: open, upload and close, ask, read the results.
extension SalesforceWriter {
    /// Opens a job that updates the configuration's object.
    package func openJob(for configuration: Configuration) async -> CallReport<String> {
        await reporting { tally throws(CallFailure) in
            let answer = try await connection.call(
                .post,
                Self.path(configuration, "jobs/ingest"),
                body: Self.body([
                    ("object", configuration.recordKind.rawValue), ("operation", "update"), ("contentType", "CSV"),
                    ("lineEnding", "LF"),
                ]),
                for: configuration,
                tally: &tally
            )
            // It becomes part of a path.
            guard let id = answer.value["id"]?.stringValue, Self.isJobID(id) else {
                throw unreadable(answer.response)
            }
            return [id]
        }
    }

    /// Uploads the records and closes the job, so that it begins.
    ///
    /// A choice that its field, or a job, cannot hold is left out.
    package func upload(
        _ writes: [RecordUpdate],
        to job: String,
        for configuration: Configuration
    ) async -> CallReport<Never> {
        await reporting { tally throws(CallFailure) in
            let description = try await description(for: configuration, tally: &tally)
            var upload = BulkUpload()
            for write in writes {
                guard let fields = try? fields(write.fields, description) else { continue }
                _ = upload.add(id: write.recordID, fields)
            }
            confirmed.forget(writes.map(\.recordID), origin: configuration.origin)
            _ = try await connection.exchange(
                .put,
                jobPath(job, configuration, "/batches"),
                OrgConnection.Content(body: upload.csv(), type: "text/csv"),
                for: configuration,
                tally: &tally
            )
            try await setState("UploadComplete", of: job, configuration, &tally)
            return []
        }
    }

    /// Asks how a job stands, and reads its results once it is over.
    package func check(
        _ job: String,
        of recordIDs: [String],
        for configuration: Configuration
    ) async -> CallReport<JobProgress> {
        await reporting { tally throws(CallFailure) in
            do throws(CallFailure) {
                return [try await progress(of: job, recordIDs, configuration, &tally)]
            } catch {
                let attempt = error.failure.attempt
                guard attempt.httpStatus == 404, attempt.errorCode == "NOT_FOUND" else { throw error }
                return [.gone]
            }
        }
    }

    /// Gives up a job; one that has begun keeps what it wrote.
    package func abort(_ job: String, for configuration: Configuration) async -> CallReport<Never> {
        await reporting { tally throws(CallFailure) in
            try await setState("Aborted", of: job, configuration, &tally)
            return []
        }
    }

    private func progress(
        of job: String,
        _ recordIDs: [String],
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) -> JobProgress {
        let answer = try await connection.call(.get, jobPath(job, configuration), for: configuration, tally: &tally)
        switch answer.value["state"]?.stringValue {
        case "Open": return .open
        case "UploadComplete", "InProgress": return .running
        case "JobComplete", "Failed", "Aborted": break
        default: throw unreadable(answer.response)
        }
        // Records in neither list were not processed, or nothing is known of them: there is no need for a third list.
        var results = BulkResults()
        var response = answer.response
        for list in ["successfulResults", "failedResults"] {
            response = try await connection.exchange(
                .get,
                jobPath(job, configuration, "/" + list),
                OrgConnection.Content(accepted: "text/csv"),
                for: configuration,
                tally: &tally
            )
            guard results.add(response.body) else { throw unreadable(response) }
        }
        return .over(recordIDs.map { id in results[id].map { outcome($0, of: id, response) } })
    }

    private func outcome(_ result: BulkResults.Result, of id: String, _ response: HTTPResponse) -> WriteOutcome {
        switch result {
        case .success:
            let attempt = Attempt(at: now(), httpStatus: response.status, requestID: response.requestID)
            return .written(recordID: id, isCreated: false, attempt)
        case .failure(let error):
            let kind = ErrorTable.classify(error, status: response.status, scope: .item).kind
            return .failed(
                failures.failure(
                    error,
                    // There is no batch in a line: it is this record that cannot be read.
                    kind: kind == .batch ? .record : kind,
                    status: response.status,
                    requestID: response.requestID
                )
            )
        }
    }

    private func setState(
        _ state: String,
        of job: String,
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) {
        _ = try await connection.call(
            .patch,
            jobPath(job, configuration),
            body: Self.body([("state", state)]),
            for: configuration,
            tally: &tally
        )
    }

    private static func body(_ members: [(name: String, value: String)]) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        for (name, value) in members {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        return writer.take()
    }

    private func jobPath(_ job: String, _ configuration: Configuration, _ rest: String = "") -> String {
        Self.path(configuration, "jobs/ingest/\(job)\(rest)")
    }

    private static func isJobID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    private func unreadable(_ response: HTTPResponse) -> CallFailure {
        CallFailure(
            failures.unreadable(
                response,
                reason: "UNREADABLE_ANSWER",
                message: "the answer does not say how the job stands"
            )
        )
    }
}
