import JSON

extension Org {
    /// `POST /services/oauth2/token` with the client-credentials or the password grant.
    mutating func token(_ context: CallContext) -> OrgResponse {
        guard context.request.method.uppercased() == "POST" else {
            return Self.oauthError("invalid_request", "must use HTTP POST")
        }
        let form = PercentCoding.form(Substring(String(decoding: context.request.body, as: UTF8.self)))
        let field = { (name: String) in form.first { $0.0 == name }?.1 }
        let basic = context.request.header("authorization").flatMap(Self.basicCredentials)
        let clientID = basic?.name ?? field("client_id") ?? ""
        let secret = basic?.password ?? field("client_secret") ?? ""
        let refusal: OrgResponse?
        switch field("grant_type") {
        case "client_credentials":
            refusal = clientRefusal(clientID, secret)
        case "password":
            // Salesforce appends the security token to the password; this org has none, so any tail is accepted.
            let isKnown =
                field("username") == settings.username
                && field("password")?.hasPrefix(settings.password) == true
            refusal =
                clientRefusal(clientID, secret)
                ?? (isKnown ? nil : Self.oauthError("invalid_grant", "authentication failure"))
        default:
            refusal = Self.oauthError("unsupported_grant_type", "grant type not supported")
        }
        if let refusal {
            countWrites { $0.loginsRefused += 1 }
            return refusal
        }
        return .json(
            .record([
                ("access_token", .string(makeSession())),
                ("signature", "c2ltdWxhdGVkLXNpZ25hdHVyZQ=="),
                ("scope", "api"),
                ("instance_url", .string(context.origin)),
                ("id", .string("\(context.origin)/id/\(Self.organizationID)/0055g000000SIMUSER")),
                ("token_type", "Bearer"),
                ("issued_at", .string(String(context.now.milliseconds))),
                ("api_instance_url", .string(context.origin)),
            ])
        )
    }

    /// The login of the SOAP API, with just enough XML for the clients that still use it.
    mutating func soapLogin(_ context: CallContext) -> OrgResponse {
        let body = String(decoding: context.request.body, as: UTF8.self)
        let isKnown =
            Self.xmlText("username", in: body) == settings.username
            && Self.xmlText("password", in: body)?.hasPrefix(settings.password) == true
        let open =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv="
            + "\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\" "
            + "xmlns:sf=\"urn:fault.partner.soap.sforce.com\"><soapenv:Body>"
        let close = "</soapenv:Body></soapenv:Envelope>"
        guard isKnown else {
            countWrites { $0.loginsRefused += 1 }
            let text = "Invalid username, password, security token; or user locked out."
            let fault =
                "<soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: \(text)"
                + "</faultstring><detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>"
                + "<sf:exceptionMessage>\(text)</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
            return .text(open + fault + close, status: 500, contentType: "text/xml;charset=UTF-8")
        }
        let version = context.request.path.last { $0.contains(".") } ?? "66.0"
        let result =
            "<loginResponse><result><passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
            + "<serverUrl>\(context.origin)/services/Soap/u/\(version)/\(Self.organizationID)</serverUrl>"
            + "<sessionId>\(makeSession())</sessionId><userId>0055g000000SIMUSER</userId></result></loginResponse>"
        return .text(open + result + close, status: 200, contentType: "text/xml;charset=UTF-8")
    }

    static func oauthError(_ error: String, _ description: String) -> OrgResponse {
        .json(.record([("error", .string(error)), ("error_description", .string(description))]), status: 400)
    }

    private func clientRefusal(_ clientID: String, _ secret: String) -> OrgResponse? {
        guard clientID == settings.clientID else {
            return Self.oauthError("invalid_client_id", "client identifier invalid")
        }
        return secret == settings.clientSecret ? nil : Self.oauthError("invalid_client", "invalid client credentials")
    }

    private mutating func makeSession() -> String {
        let session = "\(Self.organizationID.prefix(15))!SIM.\(pad(Int64(makeNumber()), 12))"
        sessions.insert(session)
        countWrites { $0.logins += 1 }
        return session
    }

    private static func xmlText(_ name: String, in text: String) -> String? {
        let opens = text.ranges(of: "\(name)>")
        guard opens.count >= 2 else {
            return nil
        }
        let inner = text[opens[0].upperBound..<opens[1].lowerBound]
        return inner.lastIndex(of: "<").map { closing in
            String(inner[..<closing]).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing(
                "&quot;",
                with: "\""
            )
            .replacing("&#39;", with: "'").replacing("&apos;", with: "'").replacing("&amp;", with: "&")
        }
    }

    private static func basicCredentials(_ header: String) -> (name: String, password: String)? {
        let parts = header.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = base64(parts[1]) else {
            return nil
        }
        let pair = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard pair.count == 2 else {
            return nil
        }
        return (PercentCoding.decode(pair[0]), PercentCoding.decode(pair[1]))
    }

    private static func base64(_ text: Substring) -> [UInt8]? {
        var decoded: [UInt8] = []
        var bits = 0
        var bitCount = 0
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let value = base64Alphabet.firstIndex(of: byte) else {
                return nil
            }
            bits = (bits << 6 | value) & 0xFFFF
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                decoded.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return decoded
    }

    private static let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
