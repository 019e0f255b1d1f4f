import JSON
import NIOCore

/// A call on its way to the socket, with the promise of its answer.
struct OutgoingCall: Sendable {
    var id: UInt64
    /// The request as it goes onto the wire.
    var bytes: [UInt8]
    var answer: EventLoopPromise<JSONValue>
    /// When to give up waiting; nil waits as long as the connection lives.
    var timeout: Duration?
    /// Takes the parameters of the notifications that come before the answer of a stream.
    var events: (@Sendable (JSONValue) -> Void)?

    init(
        id: UInt64,
        method: String,
        params: JSONValue?,
        answer: EventLoopPromise<JSONValue>,
        timeout: Duration?,
        events: (@Sendable (JSONValue) -> Void)? = nil
    ) {
        self.events = events
        self.id = id
        self.answer = answer
        self.timeout = timeout
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id)
        writer.member("method", method)
        writer.member("params", ifPresent: params)
        writer.endObject()
        writer.newline()
        bytes = writer.take()
    }

    /// The notification that ends a stream on the daemon's side.
    static func cancellation(of id: UInt64) -> String {
        #"{"jsonrpc":"2.0","method":"rpc.cancel","params":{"id":\#(id)}}"# + "\n"
    }
}

/// Tells the connection that nobody waits for an answer any more.
struct AbandonedCall: Sendable {
    var id: UInt64
}
