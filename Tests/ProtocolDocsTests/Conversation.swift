/// Requests and the answers that a document promises to them.
struct Conversation: Sendable {
    /// Where it stands, for the report of a failure.
    let place: String
    let setting: Setting
    let steps: [Step]

    /// What must be there before, written behind the fence: `transcript admin.sock after=leads,ada`.
    struct Setting: Sendable {
        var socket = "publish.sock"
        var scenes: [String] = []

        init(_ words: some Sequence<Substring>) {
            for word in words {
                if word.hasPrefix("after=") {
                    scenes = word.dropFirst("after=".count).split(separator: ",").map(String.init)
                } else if word.hasSuffix(".sock") {
                    socket = String(word)
                }
            }
        }
    }

    struct Step: Sendable {
        /// The line in the document.
        let line: Int
        let action: Action
    }

    enum Action: Sendable, Equatable {
        /// Text to send, or a command for the shell.
        case input(String)
        /// A line that comes back.
        case output(String)
        case shutdown
        case closed
    }

    /// The kinds of conversation in pages.
    enum Kind: String {
        /// Text on a socket, `>` and `<`.
        case transcript
        /// Commands in a shell, `$`, marked as `console played` since not every shell example can be played.
        case console = "console played"
    }

    /// The conversations of one kind in a page.
    static func all(_ kind: Kind, in file: DocumentFile) throws -> [Conversation] {
        var found: [Conversation] = []
        var steps: [Step] = []
        var setting: Setting?
        for (number, line) in try file.lines().enumerated() {
            if let current = setting {
                guard line != "```" else {
                    found.append(Conversation(place: "\(file.name):\(number)", setting: current, steps: steps))
                    setting = nil
                    steps = []
                    continue
                }
                steps += step(line, number, kind)
            } else if line.hasPrefix("```\(kind.rawValue)") {
                setting = Setting(line.split(separator: " ").dropFirst())
            }
        }
        return found
    }

    /// The one conversation of a transcript.
    static func transcript(_ file: DocumentFile) throws -> Conversation {
        let lines = try file.lines()
        let setting = lines.first { $0.hasPrefix("@ ") } ?? ""
        return Conversation(
            place: file.name,
            setting: Setting(setting.split(separator: " ")),
            steps: lines.enumerated().flatMap { step($0.element, $0.offset, .transcript) }
        )
    }

    private static func step(_ line: String, _ number: Int, _ kind: Kind) -> [Step] {
        let mark = line.prefix(2)
        let rest = String(line.dropFirst(2))
        let action: Action? =
            switch (kind, mark) {
            case (.transcript, "> "), (.console, "$ "): .input(rest)
            case (.transcript, "< "): .output(rest)
            case (.transcript, "! "): rest == "shutdown" ? .shutdown : .closed
            case (.console, _): line.isEmpty ? nil : .output(line)
            default: nil
            }
        return action.map { [Step(line: number, action: $0)] } ?? []
    }
}
