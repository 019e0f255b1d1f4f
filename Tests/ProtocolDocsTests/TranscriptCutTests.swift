import JSON
import TestSupport
import Testing

/// The conversations of the transcripts, cut wherever a kernel may cut them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct TranscriptCutTests {
    @Test(arguments: DocumentFile.transcripts)
    func answersAreTheSameWhereverTheInputIsCut(file: DocumentFile) async throws {
        let conversation = try Conversation.transcript(file)
        let stage = try await Stage.set(conversation.setting.scenes)
        let path = stage.path(conversation.setting.socket)
        let inputs = conversation.steps.compactMap { step -> [UInt8]? in
            guard case .input(let text) = step.action else { return nil }
            return Array(stage.localised(text + "\n").utf8)
        }
        let bytes = Array(inputs.joined())
        // What the first times leave behind is there for all that follow.
        for _ in 0..<2 { _ = try await Self.play([bytes], on: path) }
        let expected = try await Self.play([bytes], on: path)
        #expect(expected.count >= 1)
        for cut in 1..<bytes.count {
            let answers = try await Self.play([Array(bytes[..<cut]), Array(bytes[cut...])], on: path)
            try #require(answers == expected, "\(file.name) cut at \(cut)")
        }
        #expect(try await Self.play(bytes.map { [$0] }, on: path) == expected, "one byte in each write")
        let threes = stride(from: 0, to: inputs.count, by: 3).map {
            Array(inputs[$0..<min($0 + 3, inputs.count)].joined())
        }
        #expect(try await Self.play(threes, on: path) == expected, "three requests in each write")
    }

    /// Sends pieces, each once the one before was read, and gives the answers by what they say, whatever their order.
    private static func play(_ pieces: [[UInt8]], on path: String) async throws -> [String] {
        let client = try RawClient(path: path)
        for (index, piece) in pieces.enumerated() {
            do {
                try await client.socket.send(piece)
                if index < pieces.count - 1 { try await client.socket.drained() }
            } catch {
                // After an error the daemon closes, and takes no more.
                break
            }
        }
        client.socket.finishSending()
        return try await client.rest().map { shape(try JSONValue.parse($0)).description }.sorted()
    }

    /// An answer without what differs from one time to the next.
    private static func shape(_ value: JSONValue, member: String = "") -> JSONValue {
        switch value {
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.name, shape($0.value, member: $0.name)) }))
        case .array(let elements): .array(elements.map { shape($0) })
        case .string where ["id", "status", "reason"].contains(member), .number where member == "code": value
        case .number where member == "offset": value
        case .number where member == "id": value
        case .string: "text"
        case .number: 0
        case .bool: true
        case .null: .null
        }
    }
}
