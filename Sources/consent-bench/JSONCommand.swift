import ArgumentParser
import FoundationEssentials
import JSON

/// Compares the JSON engine of the hot path with the standard decoder.
struct JSONCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "json",
        abstract: "Compare the scanner with the standard decoder on the 500-byte request."
    )

    @Option(help: "Seconds for each engine.")
    var seconds = 1.0

    func run() throws {
        let request = PublishWorkload.request
        var scanner = JSONScanner(messageBytesMax: 4 << 20, nestingMax: 64)
        var found = 0
        let scan = try microseconds {
            scanner.append(request)
            while try scanner.next() { found &+= scanner.document.count(of: scanner.document.root) }
        }
        let scanAndRead = try microseconds {
            scanner.append(request)
            while try scanner.next() { found &+= Self.read(scanner.document) }
        }
        let digest = try microseconds {
            scanner.append(request)
            while try scanner.next() {
                found &+= Int(truncatingIfNeeded: scanner.document.digest(scanner.document.root).low)
            }
        }
        let tree = try microseconds { found &+= try JSONValue.parse(request)["params"]?.objectValue?.count ?? 0 }
        let data = Data(request)
        let decoder = JSONDecoder()
        let standard = try microseconds {
            found &+= try decoder.decode(StandardRequest.self, from: data).params.event.consents.purposes.count
        }
        let report: JSONValue = [
            "request_bytes": .int(request.count),
            "scanner_us": Round.rounded(scan, digits: 3),
            "scanner_and_members_us": Round.rounded(scanAndRead, digits: 3),
            "scanner_and_digest_us": Round.rounded(digest, digits: 3),
            "value_tree_us": Round.rounded(tree, digits: 3),
            "standard_decoder_us": Round.rounded(standard, digits: 3),
            "ratio": Round.rounded(standard / scanAndRead),
        ]
        print(report)
        guard found != 0 else { throw ExitCode.failure }
    }

    /// The time of one pass, the best of the blocks of a hundred.
    private func microseconds(_ body: () throws -> Void) rethrows -> Double {
        var best = UInt64.max
        let end = Monotonic.nanoseconds + UInt64(seconds * 1_000_000_000)
        repeat {
            let start = Monotonic.nanoseconds
            for _ in 0..<100 { try body() }
            best = min(best, Monotonic.nanoseconds - start)
        } while Monotonic.nanoseconds < end
        return Double(best) / 100_000
    }

    /// Copies what a publish needs out of a document.
    private static func read(_ document: borrowing JSONDocument) -> Int {
        guard let params = document.member(of: document.root, named: "params"),
            let event = document.member(of: params, named: "event"),
            let user = document.member(of: event, named: "user"),
            let subject = document.member(of: user, named: "organization_user_id"),
            let consents = document.member(of: event, named: "consents"),
            let purposes = document.member(of: consents, named: "purposes")
        else { return 0 }
        var count = document.string(subject)?.utf8.count ?? 0
        for purpose in document.elements(of: purposes) {
            for (name, value) in document.members(of: purpose) where document.stringEquals(name, "id") {
                count += document.string(value)?.utf8.count ?? 0
            }
        }
        return count
    }
}

/// The request as the standard decoder reads it.
private struct StandardRequest: Decodable {
    var id: Int
    var method: String
    var params: Params

    struct Params: Decodable {
        var event: Event
    }

    struct Event: Decodable {
        var id: String
        var createdAt: String
        var status: String
        var regulation: String
        var user: User
        var consents: Consents

        enum CodingKeys: String, CodingKey {
            case id, status, regulation, user, consents
            case createdAt = "created_at"
        }
    }

    struct User: Decodable {
        var id: String
        var organizationUserID: String

        enum CodingKeys: String, CodingKey {
            case id
            case organizationUserID = "organization_user_id"
        }
    }

    struct Consents: Decodable {
        var purposes: [Purpose]
    }

    struct Purpose: Decodable {
        var id: String
        var enabled: Bool?
        var values: [String: Value]?
    }

    struct Value: Decodable {
        var value: String
    }
}
