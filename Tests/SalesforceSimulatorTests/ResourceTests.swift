import JSON
import Testing

@testable import SalesforceSimulator

@Suite(.timeLimit(.minutes(1))) struct ResourceTests {
    @Test func describeShowsWhatAnIntegrationMaySee() async throws {
        try await OrgClient.with { simulator, client in
            simulator.withOrg { org in
                org.schema["Lead"]?.change("HasOptedOutOfEmail") { $0.isVisible = false }
            }
            let answer = try await client.call(
                "GET",
                "/sobjects/Lead/describe",
                headers: [("Accept-Encoding", "identity")]
            )
            let fields = try answer.json["fields"]?.arrayValue ?? []
            let byName = { (name: String) in fields.first { $0["name"] == .string(name) } }
            #expect(byName("HasOptedOutOfEmail") == nil)
            #expect(byName("Email")?["idLookup"] == true)
            #expect(byName("Email")?["length"] == 80)
            #expect(byName("Frequency__c")?["restrictedPicklist"] == true)
            #expect(byName("Frequency__c")?["picklistValues"]?.arrayValue?.count == 4)
            #expect(byName("External_Id__c")?["unique"] == true)
            #expect(byName("Company")?["nillable"] == false)
        }
    }

    @Test func unknownPathsAndVersionsAreNotFound() async throws {
        try await OrgClient.with { _, client in
            for path in ["/services/data/v1.0/limits", "/services/data/v66.0/sobjects/Nope/describe", "/nowhere"] {
                let headers = [("Authorization", "Bearer \(client.session)")]
                let answer = try await client.send("GET", path, headers: headers)
                #expect(answer.status == 404)
            }
            #expect(try await client.send("GET", "/services/data").status == 200)
        }
    }

    @Test func laterSubrequestsUseEarlierAnswers() async throws {
        try await OrgClient.with { simulator, client in
            let prefix = "/services/data/v66.0"
            let body: JSONValue = [
                "compositeRequest": [
                    [
                        "method": "POST", "url": .string("\(prefix)/sobjects/Account"), "referenceId": "home",
                        "body": ["Name": "Household"],
                    ],
                    [
                        "method": "POST", "url": .string("\(prefix)/sobjects/Contact"), "referenceId": "person",
                        "body": ["LastName": "One", "AccountId": "@{home.id}"],
                    ],
                    [
                        "method": "GET", "url": .string("\(prefix)/sobjects/Contact/@{person.id}"),
                        "referenceId": "read",
                    ],
                    ["method": "GET", "url": .string("\(prefix)/sobjects/Contact/@{nobody.id}"), "referenceId": "bad"],
                ]
            ]
            let items = try await client.call("POST", "/composite", body).json["compositeResponse"]
            let account = try #require(simulator.records("Account").first?["Id"])
            #expect(items?[2]?["body"]?["AccountId"] == account)
            #expect(items?[3]?["httpStatusCode"] == 400)
            #expect(simulator.statistics.dataCalls == 1)
        }
    }

    @Test func compositesRefuseTooMuch() async throws {
        try await OrgClient.with { _, client in
            let request = { (index: Int, path: String) -> JSONValue in
                ["method": "GET", "referenceId": .string("r\(index)"), "url": .string("/services/data/v66.0/\(path)")]
            }
            let many = JSONValue.array((0..<26).map { request($0, "limits") })
            let tooMany = try await client.call("POST", "/composite", ["compositeRequest": many])
            #expect(tooMany.status == 400)
            let queries = JSONValue.array((0..<6).map { request($0, "query?q=SELECT+Id+FROM+Lead") })
            #expect(try await client.call("POST", "/composite", ["compositeRequest": queries]).status == 400)
        }
    }

    @Test func gzipIsReadAndWritten() async throws {
        try await OrgClient.with { simulator, client in
            // The compressed sample was made by zlib and uses a dynamic code.
            #expect(try Gzip.decompress(Gzip.store(Array("stored".utf8)), limit: 100) == Array("stored".utf8))
            let answer = try await client.send(
                "PUT",
                "/simulator/records",
                bytes: Self.compressed,
                headers: [("Content-Encoding", "gzip")]
            )
            #expect(answer.status == 200)
            #expect(simulator.records("Lead").count == 3)
            let packed = try await client.send(
                "GET",
                "/simulator/records?sobject=Lead",
                headers: [("Accept-Encoding", "gzip")]
            )
            #expect(packed.header("Content-Encoding") == "gzip")
            let unpacked = try JSONValue.parse(try Gzip.decompress(packed.bytes, limit: 1 << 20))
            #expect(unpacked["total"] == 3)
            let other = try await client.send("PUT", "/simulator/records", headers: [("Content-Encoding", "br")])
            #expect(other.status == 415)
        }
    }

    @Test func aBulkJobReportsEveryRow() async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed(people: 2, "Lead")
            let job = try await client.call(
                "POST",
                "/jobs/ingest",
                ["object": "Lead", "operation": "update", "contentType": "CSV", "lineEnding": "LF"]
            ).json
            let id = try #require(job["id"]?.stringValue)
            #expect(job["contentUrl"] == .string("services/data/v66.0/jobs/ingest/\(id)/batches"))
            let csv = "Id,Newsletter__c,Frequency__c\n\(ids[0]),true,\"weekly\"\n\(ids[1]),true,hourly\n"
            let headers = [("Authorization", "Bearer \(client.session)"), ("Content-Type", "text/csv")]
            let path = "/services/data/v66.0/jobs/ingest/\(id)/batches"
            #expect(try await client.send("PUT", path, text: csv, headers: headers).status == 201)
            _ = try await client.call("PATCH", "/jobs/ingest/\(id)", ["state": "UploadComplete"])
            #expect(try await client.call("GET", "/jobs/ingest/\(id)").json["state"] == "InProgress")
            let done = try await client.call("GET", "/jobs/ingest/\(id)").json
            #expect(done["state"] == "JobComplete")
            #expect(done["numberRecordsFailed"] == 1)
            let successes = try await client.call("GET", "/jobs/ingest/\(id)/successfulResults").text
            #expect(successes.contains("\"\(ids[0])\",\"false\""))
            let failures = try await client.call("GET", "/jobs/ingest/\(id)/failedResults").text
            #expect(failures.contains("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:"))
            #expect(simulator.record("Lead", id: ids[0])?["Frequency__c"] == "weekly")
        }
    }

    private static let compressed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x0D, 0x8F, 0xB9, 0x75, 0xC4, 0x30, 0x10,
        0x43, 0x7B, 0x51, 0xEC, 0xCC, 0xD9, 0xD6, 0xE0, 0x26, 0x66, 0x30, 0x97, 0xC4, 0x15, 0xA9, 0x83, 0x4B,
        0x51, 0xF2, 0x73, 0xEF, 0x26, 0x22, 0x3C, 0x04, 0xC0, 0xC7, 0xEF, 0x74, 0x16, 0x5E, 0x14, 0x75, 0x7A,
        0x4D, 0x3F, 0x4A, 0x32, 0x7D, 0x4D, 0x9B, 0x96, 0xED, 0xAD, 0xD3, 0xEB, 0x7B, 0xD8, 0x11, 0xBC, 0xA6,
        0x4E, 0xFE, 0x1C, 0x9C, 0xE3, 0x11, 0x44, 0x94, 0x98, 0x4F, 0xFF, 0x04, 0x59, 0x62, 0x99, 0xA1, 0xD4,
        0xFB, 0x4A, 0x43, 0x66, 0x00, 0x54, 0xCF, 0xDB, 0x44, 0x67, 0xE1, 0x48, 0x60, 0x52, 0x93, 0xAB, 0xD1,
        0x65, 0x2A, 0x2E, 0x45, 0xA5, 0x14, 0x11, 0x62, 0x5F, 0xB8, 0xA6, 0x98, 0x1B, 0xAD, 0x90, 0xAE, 0x11,
        0xD9, 0x77, 0x3F, 0x28, 0x7B, 0x0B, 0xE0, 0x6D, 0x66, 0x7B, 0x0F, 0x36, 0x3E, 0x47, 0x8D, 0x88, 0xDD,
        0x2C, 0x05, 0x62, 0xD7, 0xB9, 0x20, 0x2E, 0xA7, 0xFC, 0x8C, 0xD1, 0x1B, 0x9B, 0x19, 0x7D, 0xE8, 0x4E,
        0x8E, 0x77, 0xB0, 0x8C, 0xA5, 0xDC, 0x71, 0xE4, 0x81, 0xCD, 0x28, 0x0B, 0x0F, 0x3E, 0xB9, 0x37, 0x13,
        0xDB, 0x78, 0xAF, 0x7B, 0xA8, 0x37, 0x48, 0x54, 0xDE, 0x08, 0xF6, 0x48, 0xA3, 0x52, 0x49, 0x39, 0x63,
        0x7F, 0xDC, 0xF9, 0xF1, 0xE4, 0xB2, 0x86, 0x1D, 0x7C, 0x40, 0xA3, 0xC0, 0x12, 0x7A, 0x3B, 0x92, 0xF4,
        0x7A, 0x33, 0x2B, 0xDA, 0xDA, 0x9F, 0x81, 0x7E, 0xA3, 0x38, 0x84, 0x62, 0x3C, 0xD0, 0x8A, 0x94, 0x7D,
        0xEE, 0xDA, 0x2C, 0x82, 0xC6, 0x95, 0x14, 0x35, 0x50, 0xBB, 0x38, 0xCE, 0xDD, 0x1A, 0x9C, 0xA6, 0xBF,
        0x7F, 0xE7, 0x1D, 0xD3, 0x76, 0x52, 0x01, 0x00, 0x00,
    ]
}
