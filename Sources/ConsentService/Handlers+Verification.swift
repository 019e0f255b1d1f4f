import Consent
import ConsentAPI
import ConsentStore
import JSONRPC

extension Handlers {
    func addVerification(to table: inout MethodTable) {
        table.add(VerifyConfiguration.self) { [verifier] method, _ in
            .wait(
                Execution.Wait(expiry: .fail(.verificationTimedOut)) { store, waiting in
                    switch method.subject {
                    case .draft(let configuration): verifier?.verify(configuration, for: waiting)
                    case .stored(let id):
                        guard let status = id.flatMap({ store.status(of: $0) }) else {
                            return waiting.answer(.failure(ErrorObject(StoreError.configurationNotFound)))
                        }
                        verifier?.verify(status.configuration, for: waiting)
                    }
                }
            )
        }
    }
}

extension ConfigurationVerifier {
    fileprivate func verify(_ configuration: Configuration, for waiting: Execution.Waiting) {
        let admission = submit(configuration) { checks in
            waiting.answer(checks.map { .success(VerifyConfiguration.Result(checks: $0)) } ?? .failure(.stopping))
        }
        switch admission {
        case .accepted: return
        case .stopped: waiting.answer(.failure(.stopping))
        case .tooMany: waiting.answer(.failure(.tooManyVerifications))
        }
    }
}

extension ErrorObject {
    fileprivate static let stopping = ErrorObject.status(
        .unavailable,
        reason: "SHUTTING_DOWN",
        message: "the daemon stops"
    )

    fileprivate static let verificationTimedOut = ErrorObject.status(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        message: "the org did not answer in time; nothing was changed"
    )

    fileprivate static let tooManyVerifications = ErrorObject.status(
        .resourceExhausted,
        reason: "TOO_MANY_VERIFICATIONS",
        message: "\(ConfigurationVerifier.concurrencyMax) verifications are under way already",
        retryAfterMilliseconds: 1_000
    )
}
