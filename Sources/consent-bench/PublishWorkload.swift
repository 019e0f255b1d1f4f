import Glibc

/// Publishes consent events: requests of exactly 500 bytes, every one with an event id and a moment of its own.
struct PublishWorkload: Workload {
    let requestBytes = 500
    private let subjects: UInt64
    private var template: [UInt8]
    private var published: UInt64 = 0
    private var eventIDs: [UInt64]
    private let depth: Int
    private let run: UInt64
    /// A sample of the events that were acknowledged, to look for afterwards.
    private(set) var acknowledgedSample: [String] = []

    init(subjects: Int, connections: Int, depth: Int, run: UInt64) {
        self.subjects = UInt64(subjects)
        self.depth = depth
        self.run = run
        template = Self.template
        eventIDs = Array(repeating: 0, count: connections * depth)
    }

    mutating func appendRequest(connection: Int, slot: Int, to output: inout [UInt8]) {
        published += 1
        eventIDs[connection * depth + slot] = published
        // A prime stride visits the pool evenly without keeping a random number generator.
        let subject = published &* 7_919 % subjects
        let milliseconds = published % 3_600_000
        template.writeDigits(1_000_000 + UInt64(slot), count: 7, at: Self.idOffset)
        template.writeDigits(published, count: 12, at: Self.eventIDOffset + 24)
        template.writeDigits(milliseconds / 60_000, count: 2, at: Self.minuteOffset)
        template.writeDigits(milliseconds / 1_000 % 60, count: 2, at: Self.minuteOffset + 3)
        template.writeDigits(milliseconds % 1_000, count: 3, at: Self.minuteOffset + 6)
        template.writeDigits(subject, count: 8, at: Self.subjectOffset)
        if published == 1 { template.writeDigits(run, count: 8, at: Self.eventIDOffset) }
        output += template
    }

    mutating func readAnswers(
        connection: Int,
        in bytes: borrowing Span<UInt8>,
        into answers: inout [Answer]
    ) -> Int {
        var start = 0
        while let end = bytes.lineEnd(from: start) {
            let head = min(end, start + Self.answerHeadBytes)
            let slot = bytes.number(after: Self.idMember, in: start..<head).map { $0 - 1_000_000 } ?? -1
            let isSuccess = slot >= 0 && slot < depth && bytes.contains(Self.resultMember, in: start..<head)
            answers.append(Answer(slot: max(slot, 0), isSuccess: isSuccess, range: start..<end))
            if isSuccess { sample(connection * depth + slot) }
            start = end + 1
        }
        return start
    }

    private mutating func sample(_ place: Int) {
        guard eventIDs[place] % 997 == 0, acknowledgedSample.count < 2_000 else { return }
        var bytes = Array(template[Self.eventIDOffset..<Self.eventIDOffset + 36])
        bytes.writeDigits(eventIDs[place], count: 12, at: 24)
        acknowledgedSample.append(String(decoding: bytes, as: UTF8.self))
    }

    /// The event alone, as another queue would be given it.
    static var event: [UInt8] {
        Array(template[eventOffset..<template.count - 3])
    }

    /// A whole request, as it goes onto the wire.
    static var request: [UInt8] { template }

    // Both members come first in an answer, whatever their order.
    private static let answerHeadBytes = 96
    private static let idMember = Array(#""id":"#.utf8)
    private static let resultMember = Array(#""result":"#.utf8)

    private static let pieces: [String] = [
        #"{"jsonrpc":"2.0","id":"#, "1000000", #","method":"publishConsent","params":{"event":"#, #"{"id":""#,
        "00000000-2f5a-4d0b-9b1e-000000000000", #"","created_at":"2025-03-14T09:"#, "26:53.589",
        #"Z","status":"confirmed","regulation":"gdpr","domain":"preferences.fr","user":{"id":"a3722cd3-f2e4-4451-"#
            + #"a564-83f5e8921449","organization_user_id":"c"#,
        "00000000",
        #"@example.fr"},"consents":{"purposes":[{"id":"marketing_emails","enabled":true,"values":{"tFyHkpl":"#
            + #"{"value":"hJ3kQ2a,mN8pR4c"}}},{"id":"phone_solicitation","enabled":false}]}}}}"#,
    ]
    private static let idOffset = offset(of: 1)
    private static let eventOffset = offset(of: 3)
    private static let eventIDOffset = offset(of: 4)
    private static let minuteOffset = offset(of: 6)
    private static let subjectOffset = offset(of: 8)

    private static func offset(of piece: Int) -> Int {
        pieces[..<piece].reduce(0) { $0 + $1.utf8.count }
    }

    private static let template: [UInt8] = {
        var bytes = pieces.flatMap { Array($0.utf8) }
        // White space between messages is free in the protocol: it makes every request the same round size.
        while bytes.count < 499 { bytes.append(UInt8(ascii: " ")) }
        return bytes + [UInt8(ascii: "\n")]
    }()
}
