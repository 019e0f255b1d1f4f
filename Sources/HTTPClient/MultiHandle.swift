import CCurl

/// libcurl's set of running transfers with the connections they share.
///
/// Everything but `wakeUp` is for the one thread that runs the transfers.
@safe
struct MultiHandle: ~Copyable {
    private let pointer: UnsafeMutableRawPointer

    /// Creates a handle with the limits on connections set.
    static func make(options: HTTPClientOptions) throws(HTTPError) -> MultiHandle {
        let code = globalInitialization
        guard code == CURLE_OK else { throw HTTPError(setup: code) }
        guard let created = unsafe curl_multi_init() else { throw HTTPError(setup: CURLE_OUT_OF_MEMORY) }
        let handle = unsafe MultiHandle(adopting: created)
        try handle.set(CURLMOPT_MAX_HOST_CONNECTIONS, options.connectionsPerHostMax)
        try handle.set(CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connectionsMax)
        try handle.set(CURLMOPT_MAXCONNECTS, options.connectionsMax)
        return handle
    }

    private init(adopting created: UnsafeMutableRawPointer) {
        unsafe pointer = created
    }

    deinit {
        unsafe curl_multi_cleanup(pointer)
    }

    func add(_ easy: borrowing EasyHandle) throws(HTTPError) {
        guard unsafe curl_multi_add_handle(pointer, easy.pointer) == CURLM_OK else {
            throw HTTPError(setup: CURLE_FAILED_INIT)
        }
    }

    func remove(_ easy: borrowing EasyHandle) {
        Self.check(unsafe curl_multi_remove_handle(pointer, easy.pointer), "remove")
    }

    /// Moves every transfer on as far as it goes without waiting.
    func perform() {
        var running: Int32 = 0
        Self.check(unsafe curl_multi_perform(pointer, &running), "perform")
    }

    /// Waits for network activity, a transfer's own timer or `wakeUp`.
    func poll(milliseconds: Int32) {
        Self.check(unsafe curl_multi_poll(pointer, nil, 0, milliseconds, nil), "poll")
    }

    /// Ends the current or the next `poll` at once; safe from any thread.
    func wakeUp() {
        Self.check(unsafe curl_multi_wakeup(pointer), "wakeup")
    }

    /// Returns the transfer that ended next, and how.
    func nextFinished() -> (transfer: Transfer, code: CURLcode)? {
        var remaining: Int32 = 0
        while let message = unsafe curl_multi_info_read(pointer, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            let code = unsafe message.pointee.data.result
            if let transfer = unsafe Transfer.owner(of: easy) {
                return (transfer, code)
            }
        }
        return nil
    }

    private func set(_ option: CURLMoption, _ value: Int) throws(HTTPError) {
        guard unsafe consent_multi_setopt_long(pointer, option, value) == CURLM_OK else {
            throw HTTPError(setup: CURLE_FAILED_INIT)
        }
    }

    /// These fail only for a bad handle or without memory, and then no request would ever end.
    private static func check(_ code: CURLMcode, _ operation: StaticString) {
        precondition(code == CURLM_OK, "curl_multi_\(operation) failed with \(code.rawValue)")
    }

    private static let globalInitialization = consent_global_init()
}
