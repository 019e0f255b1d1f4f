/// Sends HTTP requests over connections that are kept, reused and shared between all callers.
///
/// One thread of its own runs every transfer; callers only wait. Certificates are verified, redirects are not
/// followed, cookies are not kept, and a request that may have reached a server is never sent a second time unless its
/// method is idempotent.
package final class HTTPClient: Sendable {
    private let loop: TransferLoop

    /// Creates a client and starts its thread.
    ///
    /// libcurl is loaded with the first request or heartbeat; where it cannot be, requests say so.
    ///
    /// - Throws: `HTTPError.other` when the thread cannot be set up.
    package init(options: HTTPClientOptions = HTTPClientOptions()) throws(HTTPError) {
        loop = TransferLoop(options: options)
        try loop.start()
    }

    deinit {
        loop.stop()
        loop.join()
    }

    /// Sends a request and returns the answer, whatever its status.
    ///
    /// Cancelling the task abandons the transfer and throws `HTTPError.cancelled`.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let prepared = try PreparedRequest(request)
        let ticket = TransferLoop.Ticket()
        let loop = loop
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(TransferLoop.Submission(ticket: ticket, request: prepared, continuation: continuation))
            }
        } onCancel: {
            loop.cancel(ticket)
        }
        return try result.get()
    }

    /// Returns once the thread that runs the transfers has come round: never, if it is stuck.
    package func heartbeat() async {
        await loop.heartbeat()
    }

    /// Ends every outstanding request with `HTTPError.closed` and waits until the thread is gone.
    ///
    /// Later requests fail with the same error. Calling it again is harmless.
    package func shutdown() async {
        await loop.stopAndWait()
        loop.join()
    }
}
