/// Takes people out of Salesforce's messages, which like to repeat what they complain about.
package enum Redaction {
    /// What stands where something was taken out.
    package static let mark = "***"

    /// The message in one line, without e-mail addresses and without these words, cut to `charactersMax`.
    package static func redact(_ message: String, words: [String] = [], charactersMax: Int) -> String {
        // Far more than is kept, so that a word at the edge is still seen whole.
        var text = String(message.prefix(charactersMax * 8).map { $0.isNewline ? " " : $0 })
        for word in words where word.utf8.count >= shortestWord {
            text = replacing(word, in: text)
        }
        text = text.split(separator: " ", omittingEmptySubsequences: false).map(withoutAddress).joined(separator: " ")
        return text.count <= charactersMax ? text : String(text.prefix(charactersMax - 1)) + "…"
    }

    /// Shorter words would take letters out of Salesforce's own ones.
    private static let shortestWord = 3

    private static func replacing(_ word: String, in text: String) -> String {
        let needle = Array(word.lowercased())
        let lowered = Array(text.lowercased())
        let characters = Array(text)
        // A case mapping that changes the length would shift every later place.
        guard lowered.count == characters.count, needle.count <= lowered.count else { return text }
        var result = ""
        var position = 0
        while position < lowered.count {
            if position + needle.count <= lowered.count,
                lowered[position..<position + needle.count].elementsEqual(needle)
            {
                result += mark
                position += needle.count
            } else {
                result.append(characters[position])
                position += 1
            }
        }
        return result
    }

    private static func withoutAddress(_ word: Substring) -> Substring {
        guard word.contains("@") || word.contains("%40") else { return word }
        return Substring(mark)
    }
}
