import Consent
import JSON
import TestSupport
import Testing

/// The scanner against the texts of a public suite, and against random changes of right ones.
struct CorpusTests {
    /// Texts that a stream may hold although one document may not: several texts one after the other, or none.
    private static let streams: [String: Int] = [
        "n_single_space": 0, "n_structure_no_data": 0, "n_structure_double_array": 2,
        "n_structure_object_with_trailing_garbage": 2,
    ]

    /// Numbers of any size are text to the scanner; bytes that are no UTF-8, and halves of characters, are refused.
    private static func isTaken(_ name: String) -> Bool { name.hasPrefix("y_") || name.hasPrefix("i_number") }

    @Test func everyTextIsJudgedAsItsNameSays() throws {
        let texts = try Corpus.grammar()
        #expect(texts.count >= 318, "a suite that is not read judges nothing")
        for text in texts {
            let transcript = ScanTranscript(text.bytes)
            if let count = Self.streams[text.name] {
                #expect(transcript.texts.count == count && transcript.error == nil, "\(text.name)")
            } else if Self.isTaken(text.name) {
                #expect(transcript.texts.count == 1 && transcript.error == nil, "\(text.name): \(transcript)")
            } else {
                #expect(transcript.error != nil, "\(text.name): \(transcript)")
            }
        }
    }

    @Test func everyTextIsJudgedAsByTheReferenceWhereverItIsCut() async throws {
        for text in try Corpus.grammar() where text.bytes.count < 2_000 {
            // Other tests wait for answers in time on the same few threads.
            await Task.yield()
            let whole = ScanTranscript(text.bytes)
            if whole.error != .nestingTooDeep(limit: 64) {
                #expect(whole == ScanTranscript(reference: text.bytes), "\(text.name)")
            }
            #expect(ScanTranscript(text.bytes.chunks(of: 1)) == whole, "\(text.name)")
            for cut in text.bytes.indices {
                #expect(ScanTranscript([text.bytes[..<cut], text.bytes[cut...]]) == whole, "\(text.name) at \(cut)")
            }
        }
    }

    /// With `CONSENTD_FUZZ_EXECUTIONS` and `CONSENTD_FUZZ_SEED` as long and as often as wanted.
    @Test func changedTextsAreJudgedAsByTheReference() async throws {
        var random = SeededGenerator(seed: Corpus.seed)
        var seeds = try Corpus.grammar().filter { $0.name.hasPrefix("y_") }.map(\.bytes)
        seeds += try Corpus.requests().map { Array($0.utf8) }
        var wrongCount = 0
        for round in 0..<Corpus.executions(5_000) {
            await Task.yield()
            let seed = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            let follower = Bool.random(using: &random) ? seeds[Int.random(in: 0..<seeds.count, using: &random)] : []
            let bytes = Mutation.bytes(seed, using: &random) + follower
            let expected = ScanTranscript(reference: bytes)
            if expected.error != nil { wrongCount += 1 }
            let size = Int.random(in: 1...(bytes.count + 1), using: &random)
            let transcript = ScanTranscript(bytes.chunks(of: size), nestingMax: 10_000)
            guard transcript == expected else {
                Issue.record("round \(round) of seed \(Corpus.seed), chunks of \(size): \(bytes)")
                return
            }
        }
        #expect(wrongCount > 0, "changes that break nothing try nothing")
    }
}
