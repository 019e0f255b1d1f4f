package import Delivery

/// Why a whole call failed, as the caller of the call needs to know it.
package struct CallFailure: Error, Hashable, Sendable {
    /// For a batch: what only a record can be the reason for is of kind `batch`.
    package var failure: Failure
    /// The kind that holds if a single record was in the call.
    package var kindIfAlone: Failure.Kind

    package init(_ failure: Failure, ifAlone kind: Failure.Kind? = nil) {
        self.failure = failure
        kindIfAlone = kind ?? failure.kind
    }

    /// The failure of the only record of the call.
    package var alone: Failure {
        var failure = failure
        failure.kind = kindIfAlone
        return failure
    }
}
