import CCurl

/// One request under way: its handle, what is left to send and what has come back.
///
/// Lives on the client's thread only. libcurl keeps an unretained reference to it, so whoever starts it also keeps it
/// until the handle is out of the multi handle.
final class Transfer {
    let submission: TransferLoop.Submission
    let easy: EasyHandle
    private let request: PreparedRequest
    private let headerBytesMax: Int
    private var bodyOffset = 0
    private var headers: [(name: String, value: String)] = []
    private var headerByteCount = 0
    private var body: [UInt8] = []
    /// Set by a callback that told libcurl to stop; says more than the code libcurl then reports.
    private var refusal: HTTPError?

    init(_ submission: TransferLoop.Submission, options: HTTPClientOptions) throws(HTTPError) {
        self.submission = submission
        request = submission.request
        headerBytesMax = options.responseHeaderBytesMax
        var handle = try EasyHandle.make()
        try handle.configure(for: submission.request, options: options)
        easy = handle
        try installCallbacks()
    }

    /// Whether any part of the request has been handed to the network.
    var mayHaveBeenSent: Bool {
        bodyOffset > 0 || easy.number(CURLINFO_REQUEST_SIZE) > 0
    }

    /// What the caller gets, now that libcurl is done.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        if let refusal {
            return .failure(refusal)
        }
        if code == CURLE_FILESIZE_EXCEEDED {
            return .failure(.bodyTooLarge(limit: request.responseBytesMax))
        }
        guard code == CURLE_OK else {
            return .failure(HTTPError(code, easy: easy, host: request.host, sent: mayHaveBeenSent))
        }
        var timing = HTTPTiming()
        timing.nameLookup = easy.time(CURLINFO_NAMELOOKUP_TIME_T)
        timing.connect = easy.time(CURLINFO_CONNECT_TIME_T)
        timing.tlsHandshake = easy.time(CURLINFO_APPCONNECT_TIME_T)
        timing.firstByte = easy.time(CURLINFO_STARTTRANSFER_TIME_T)
        timing.total = easy.time(CURLINFO_TOTAL_TIME_T)
        let response = HTTPResponse(
            status: easy.number(CURLINFO_RESPONSE_CODE),
            headers: headers,
            body: body,
            timing: timing,
            connectionReused: easy.number(CURLINFO_NUM_CONNECTS) == 0,
            httpVersion: HTTPVersion(curl: easy.number(CURLINFO_HTTP_VERSION))
        )
        return .success(response)
    }

    /// Returns the transfer that a handle belongs to.
    @unsafe
    static func owner(of handle: UnsafeMutableRawPointer) -> Transfer? {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe consent_easy_getinfo_pointer(handle, CURLINFO_PRIVATE, &pointer) == CURLE_OK else { return nil }
        return unsafe pointer.map { unsafe from($0) }
    }

    // MARK: Called by libcurl

    private func installCallbacks() throws(HTTPError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe try easy.set(CURLOPT_PRIVATE, pointer: context)
        unsafe try easy.set(CURLOPT_HEADERDATA, pointer: context)
        unsafe try easy.set(
            CURLOPT_HEADERFUNCTION,
            write: { bytes, size, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
                return unsafe Transfer.from(context).receiveHeader(line) ? size * count : 0
            }
        )
        unsafe try easy.set(CURLOPT_WRITEDATA, pointer: context)
        unsafe try easy.set(
            CURLOPT_WRITEFUNCTION,
            write: { bytes, size, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                let chunk = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
                return unsafe Transfer.from(context).receiveBody(chunk) ? size * count : 0
            }
        )
        unsafe try easy.set(CURLOPT_READDATA, pointer: context)
        unsafe try easy.set(
            CURLOPT_READFUNCTION,
            read: { buffer, size, count, context in
                guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
                let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
                return unsafe Transfer.from(context).provideBody(into: room)
            }
        )
        unsafe try easy.set(CURLOPT_SEEKDATA, pointer: context)
        unsafe try easy.set(
            CURLOPT_SEEKFUNCTION,
            seek: { context, offset, origin in
                guard let context = unsafe context, origin == SEEK_SET, offset == 0 else { return CURL_SEEKFUNC_FAIL }
                return unsafe Transfer.from(context).rewind() ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
            }
        )
    }

    @unsafe
    private static func from(_ context: UnsafeMutableRawPointer) -> Transfer {
        unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerByteCount += line.count
        guard headerByteCount <= headerBytesMax else {
            refusal = .headersTooLarge(limit: headerBytesMax)
            return false
        }
        if unsafe line.starts(with: "HTTP/".utf8) {
            // A status line begins a new answer; what came before it was an interim one.
            headers.removeAll(keepingCapacity: true)
        } else if let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")), colon > 0 {
            let name = unsafe String(decoding: line[..<colon], as: UTF8.self)
            let value = unsafe line[(colon + 1)...].trimmingWhitespace()
            headers.append((name, value))
        }
        return true
    }

    private func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard body.count + chunk.count <= request.responseBytesMax else {
            refusal = .bodyTooLarge(limit: request.responseBytesMax)
            return false
        }
        unsafe body.append(contentsOf: chunk)
        return true
    }

    private func provideBody(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, request.body.count - bodyOffset)
        let range = bodyOffset..<(bodyOffset + count)
        unsafe request.body.withUnsafeBytes { bytes in
            unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        bodyOffset += count
        return count
    }

    /// Lets libcurl send the body again only where a second delivery does no harm.
    ///
    /// libcurl silently repeats a request when a reused connection dies before the first byte of an answer, but the
    /// server may have acted on the first one.
    private func rewind() -> Bool {
        guard request.method.isIdempotent || bodyOffset == 0 else { return false }
        bodyOffset = 0
        return true
    }
}

extension HTTPVersion {
    fileprivate init(curl version: Int) {
        switch version {
        case Int(CURL_HTTP_VERSION_1_0): self = .http10
        case Int(CURL_HTTP_VERSION_1_1): self = .http11
        case Int(CURL_HTTP_VERSION_2_0): self = .http2
        default: self = .other
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate func trimmingWhitespace() -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d || $0 == 0x0a }
        var slice = self
        while let first = unsafe slice.first, isSpace(first) {
            unsafe slice.removeFirst()
        }
        while let last = unsafe slice.last, isSpace(last) {
            unsafe slice.removeLast()
        }
        return unsafe String(decoding: slice, as: UTF8.self)
    }
}
