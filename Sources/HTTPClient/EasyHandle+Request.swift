import CCurl

extension EasyHandle {
    /// Applies a request and the rules that hold for every request.
    mutating func configure(for request: PreparedRequest, options: HTTPClientOptions) throws(HTTPError) {
        try setTarget(request)
        try setHeaders(request.headerLines)
        try setLimits(request, options: options)
        try setSecurity(options)
        try setConnection(options)
    }

    private func setTarget(_ request: PreparedRequest) throws(HTTPError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        try set(CURLOPT_FOLLOWLOCATION, false)
        try set(CURLOPT_ACCEPT_ENCODING, "gzip")
        switch request.method {
        case .get where request.body.isEmpty:
            try set(CURLOPT_HTTPGET, true)
        case .head:
            try set(CURLOPT_NOBODY, true)
        case .delete where request.body.isEmpty:
            try set(CURLOPT_HTTPGET, true)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        default:
            try set(CURLOPT_POST, true)
            try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.body.count)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        // Without a body there is nothing to rewind, so only a new connection keeps libcurl from repeating the request.
        try set(CURLOPT_FRESH_CONNECT, request.body.isEmpty && !request.method.isIdempotent)
    }

    private func setLimits(_ request: PreparedRequest, options: HTTPClientOptions) throws(HTTPError) {
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeoutMilliseconds)
        try set(CURLOPT_TIMEOUT_MS, request.totalTimeoutMilliseconds)
        try set(CURLOPT_MAXFILESIZE_LARGE, offset: max(1, request.responseBytesMax))
        try set(CURLOPT_MAXLIFETIME_CONN, Int(options.connectionLifetimeMax.components.seconds))
    }

    private func setSecurity(_ options: HTTPClientOptions) throws(HTTPError) {
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = options.extraAuthoritiesFile {
            // This file takes the place of the system's bundle; the system's directory of the same certificates stays.
            try set(CURLOPT_CAINFO, file)
            try set(CURLOPT_CAPATH, "/etc/ssl/certs")
        } else if Self.hasSystemBundle {
            // The bundle says it all, and libcurl parses it only once a day when there is no directory besides it; parsing
            // takes 20 ms of the thread that serves every transfer.
            try setNothing(CURLOPT_CAPATH)
        }
    }

    private func setConnection(_ options: HTTPClientOptions) throws(HTTPError) {
        try set(CURLOPT_USERAGENT, options.userAgent)
        let offersHTTP2 = options.offersHTTP2 ?? HTTPClientOptions.isHTTP2Sound(Self.libraryVersion)
        let version = offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        try set(CURLOPT_HTTP_VERSION, Int(version))
        try set(CURLOPT_NOSIGNAL, true)
        // An abandoned name lookup would otherwise hold up every other transfer until the resolver gives in.
        try set(CURLOPT_QUICK_EXIT, true)
        try set(CURLOPT_TCP_KEEPALIVE, true)
        try set(CURLOPT_TCP_KEEPIDLE, 60)
        try set(CURLOPT_TCP_KEEPINTVL, 30)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        if !options.usesEnvironmentProxy {
            try set(CURLOPT_PROXY, "")
        }
    }
}
