import JSON

/// What a scanner makes of a stream: the texts and the error that ended it.
struct ScanTranscript: Equatable {
    var texts: [[UInt8]] = []
    var error: JSONScanError?

    /// Feeds the chunks one after the other, taking every text as soon as it is there.
    init(_ chunks: some Sequence<ArraySlice<UInt8>>, messageBytesMax: Int = 4 << 20, nestingMax: Int = 64) {
        var scanner = JSONScanner(messageBytesMax: messageBytesMax, nestingMax: nestingMax)
        do throws(JSONScanError) {
            for chunk in chunks {
                scanner.append(chunk)
                while try scanner.next() {
                    texts.append(Array(scanner.document.rawBytes(scanner.document.root)))
                }
            }
            if try scanner.finish() {
                texts.append(Array(scanner.document.rawBytes(scanner.document.root)))
            }
        } catch {
            self.error = error
        }
    }

    init(_ bytes: [UInt8], messageBytesMax: Int = 4 << 20, nestingMax: Int = 64) {
        self.init([bytes[...]], messageBytesMax: messageBytesMax, nestingMax: nestingMax)
    }

    init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// The transcript that the reference reader gives.
    init(reference bytes: [UInt8]) {
        let result = ReferenceReader.texts(bytes)
        texts = result.texts
        error = result.error.map { .syntax(offset: $0) }
    }

    var strings: [String] { texts.map { String(decoding: $0, as: UTF8.self) } }
}

extension Array where Element == UInt8 {
    /// The slices of this many bytes, the last one shorter.
    func chunks(of count: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}

/// A text with everything in it that the grammar knows.
let everything = Array(
    #"""
    {"jsonrpc":"2.0","id":-12.50e+3,"method":"publishConsent", "params" : {"é€😀":"\u00e9\ud83D\uDE00\"\\\/\b\f\n\r\t",
    "list":[ ], "empty":{ },"numbers":[0,-0,1,10.25,1E5,9e-2], "flags":[true,false , null],"long":"plain text of some bytes"}}
    """#.utf8
)
