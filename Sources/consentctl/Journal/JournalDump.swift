import ArgumentParser
import ConsentStore
import JSON
import Journal

/// Shows a journal's records.
struct JournalDump: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print a journal's records as JSON lines.",
        discussion: "Personal data shows as *** unless --reveal is given; secrets are never shown."
    )

    @OptionGroup var location: JournalLocation
    @Option(help: "The key; default DIR/keys/journal.kek.")
    var keyFile: String?
    @Flag(help: "Print only the id of each acknowledged event, once, a line each.")
    var ids = false
    @Flag(help: "Show personal data.")
    var reveal = false

    func run() throws {
        var dump = RecordDump()
        var seen: Set<String> = []
        let replay = Replay(
            snapshot: { _, kind, body in
                let bytes = unsafe body.withUnsafeBytes { unsafe Array($0) }
                show(try dump.snapshot(kind: kind.rawValue, body: bytes), number: nil, &seen)
            },
            log: { number, kind, body in
                let bytes = unsafe body.withUnsafeBytes { unsafe Array($0) }
                show(try dump.log(number.rawValue, kind: kind.rawValue, body: bytes), number: number, &seen)
            }
        )
        let isSealed = try JournalFailure.run { () throws(JournalError) in
            try Journal.isSealed(location.journal, files: location.files)
        }
        let key = isSealed ? try location.key(keyFile) : KeyEncryptionKey.random()
        _ = try JournalFailure.run { () throws(JournalError) in
            try Journal.inspect(location.journal, key: key, files: location.files, replay)
        }
    }

    private func show(_ line: RecordDump.Line, number: SequenceNumber?, _ seen: inout Set<String>) {
        if ids {
            if let id = line.eventID, seen.insert(id).inserted { print(id) }
            return
        }
        var members: [(String, JSONValue)] = []
        if let number { members.append(("seq", .number("\(number)"))) }
        members.append(("type", .string(line.type)))
        for member in line.members { members.append((member.name, json(member.value))) }
        print(JSONValue.object(JSONObject(members)).description)
    }

    private func json(_ value: RecordDump.Value) -> JSONValue {
        switch value {
        case .text(let text): .string(text)
        case .number(let number): .number("\(number)")
        case .list(let texts): .array(texts.map { .string($0) })
        case .personal(let text): .string(reveal ? text : "***")
        }
    }
}
