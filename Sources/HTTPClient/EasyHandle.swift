import CCurl

/// One libcurl transfer with the memory libcurl refers to while it runs.
@safe
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?

    /// Creates a handle with nothing set but where libcurl writes its message.
    static func make() throws(HTTPError) -> EasyHandle {
        guard let created = unsafe curl_easy_init() else { throw HTTPError(setup: CURLE_OUT_OF_MEMORY) }
        let handle = unsafe EasyHandle(adopting: created)
        try unsafe handle.set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(handle.errorText))
        return handle
    }

    private init(adopting created: UnsafeMutableRawPointer) {
        unsafe pointer = created
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe headerList = nil
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    /// What libcurl says about the failure; may name the host, never the path.
    var errorMessage: String {
        unsafe String(cString: errorText)
    }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(HTTPError) {
        try set(option, value ? 1 : 0)
    }

    func set(_ option: CURLoption, offset: Int) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_offset(pointer, option, curl_off_t(offset)))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_string(pointer, option, value))
    }

    /// Takes back what a string option was set to by default.
    func setNothing(_ option: CURLoption) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_string(pointer, option, nil))
    }

    @unsafe
    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_pointer(pointer, option, value))
    }

    @unsafe
    func set(_ option: CURLoption, write callback: curl_write_callback) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_write(pointer, option, callback))
    }

    @unsafe
    func set(_ option: CURLoption, read callback: curl_read_callback) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_read(pointer, option, callback))
    }

    @unsafe
    func set(_ option: CURLoption, seek callback: curl_seek_callback) throws(HTTPError) {
        try Self.check(unsafe consent_easy_setopt_seek(pointer, option, callback))
    }

    mutating func setHeaders(_ lines: [String]) throws(HTTPError) {
        for line in lines {
            guard let extended = unsafe curl_slist_append(headerList, line) else {
                throw HTTPError(setup: CURLE_OUT_OF_MEMORY)
            }
            unsafe headerList = extended
        }
        try Self.check(unsafe consent_easy_setopt_list(pointer, CURLOPT_HTTPHEADER, headerList))
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe consent_easy_getinfo_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// Returns one of libcurl's times, which it counts in microseconds.
    func time(_ info: CURLINFO) -> Duration {
        var value: curl_off_t = 0
        return unsafe consent_easy_getinfo_offset(pointer, info, &value) == CURLE_OK
            ? .microseconds(Int64(value)) : .zero
    }

    /// The version of libcurl in use: major, minor and patch, a byte each.
    static let libraryVersion: UInt32 = {
        guard let version = unsafe curl_version_info(CURLVERSION_SEVENTH) else { return 0 }
        return unsafe version.pointee.version_num
    }()

    /// Whether libcurl was built to trust the authorities of one file.
    static let hasSystemBundle: Bool = {
        guard let version = unsafe curl_version_info(CURLVERSION_SEVENTH) else { return false }
        return unsafe version.pointee.cainfo != nil
    }()

    private static func check(_ code: CURLcode) throws(HTTPError) {
        guard code == CURLE_OK else { throw HTTPError(setup: code) }
    }
}
