import Glibc
import TestSupport
import Testing

/// Every request and answer in the documents is what a live daemon answers.
///
/// A new answer is written as `?`; with `CONSENTD_RECORD=1` in the environment the tests fill it in.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConversationTests {
    @Test(arguments: DocumentFile.pages)
    func pageTellsWhatADaemonAnswers(page: DocumentFile) async throws {
        var differences: [Replay.Difference] = []
        for conversation in try Conversation.all(.transcript, in: page) {
            var replay = Replay(conversation)
            try await replay.playTranscript()
            differences += replay.difference
        }
        for conversation in try Conversation.all(.console, in: page) {
            var replay = Replay(conversation)
            try await replay.playConsole()
            differences += replay.difference
        }
        try settle(differences, in: page)
    }

    /// The first caller starts the daemon, and `socat` waits half a second for it where it is not told to wait longer.
    @Test func everyRecipeOfTheOverviewMayBeTheFirst() async throws {
        let conversations = try Conversation.all(.console, in: DocumentFile(name: "README.md"))
        #expect(conversations.count >= 3)
        for conversation in conversations {
            var replay = Replay(conversation)
            try await replay.playConsole(isCold: true)
            #expect(replay.difference.isEmpty, "\(replay.difference)")
        }
    }

    @Test func aCommandThatCallsNobodyIsFound() async throws {
        var replay = Replay(
            Conversation(
                place: "here",
                setting: Conversation.Setting([]),
                steps: [.init(line: 0, action: .input("echo x")), .init(line: 1, action: .output("x"))]
            )
        )
        try await replay.playConsole(isCold: true)
        #expect(replay.difference.map(\.actual) == ["(none was started)"])
    }

    @Test(arguments: DocumentFile.transcripts)
    func transcriptReplays(file: DocumentFile) async throws {
        var replay = Replay(try Conversation.transcript(file))
        try await replay.playTranscript()
        try settle(replay.difference, in: file)
    }

    @Test func documentsHoldConversations() throws {
        let pages = try DocumentFile.pages.flatMap { try Conversation.all(.transcript, in: $0) }
        #expect(pages.count >= 15)
        #expect(try DocumentFile.pages.flatMap { try Conversation.all(.console, in: $0) }.count >= 3)
        #expect(DocumentFile.transcripts.count >= 6)
    }

    @Test func aWrongAnswerIsFound() async throws {
        let call = #"{"jsonrpc":"2.0","id":1,"method":"health.check"}"#
        let wrong = #"{"jsonrpc":"2.0","id":1,"result":{"status":"NOT_SERVING"}}"#
        var replay = Replay(
            Conversation(
                place: "here",
                setting: Conversation.Setting([]),
                steps: [.init(line: 0, action: .input(call)), .init(line: 1, action: .output(wrong))]
            )
        )
        try await replay.playTranscript()
        #expect(replay.difference.count == 1)
    }

    @Test func likenessToleratesTimesAndNothingElse() {
        let time = #"{"a":"2026-01-01T00:00:00.000Z","seq":4}"#
        #expect(Likeness.holds(documented: time, actual: #"{"a":"2027-02-02T11:11:11.111Z","seq":5}"#))
        #expect(!Likeness.holds(documented: time, actual: #"{"a":"never","seq":5}"#))
        #expect(!Likeness.holds(documented: time, actual: #"{"a":"2027-02-02T11:11:11.111Z","seq":"5"}"#))
        #expect(!Likeness.holds(documented: #"{"id":1}"#, actual: #"{"id":1.0}"#))
        #expect(!Likeness.holds(documented: #"{"id":1}"#, actual: #"{"id":1,"more":2}"#))
        #expect(Likeness.holds(documented: #"{"id":1,"…":"…"}"#, actual: #"{"id":1,"more":2}"#))
    }

    private func settle(_ differences: [Replay.Difference], in file: DocumentFile) throws {
        let isRecording = unsafe getenv("CONSENTD_RECORD") != nil
        var lines = try file.lines()
        for difference in differences {
            guard isRecording, difference.documented == "?" else {
                Issue.record("\(difference)")
                continue
            }
            lines[difference.line] =
                lines[difference.line].hasPrefix("< ")
                ? "< " + difference.actual : difference.actual
        }
        if isRecording { try TestFile.write(Array(lines.joined(separator: "\n").utf8), to: file.path) }
    }
}
