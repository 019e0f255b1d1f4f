import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC
import NIOCore

/// Reads one connection's requests and sends its answers.
///
/// Lives on the connection's event loop.
///
/// A publish goes to the store without a task, a closure or a value in between; the rest goes through the method table.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let service: ServiceContext
    let connection: Connection
    var scanner: JSONScanner
    var entries: [ConsentStore.Entry] = []
    var gate = ReadGate()
    var life = ConnectionLife()
    var backlog = InputBacklog()
    /// Calls that wait, by the numbers that stand for them.
    var slowCalls: [UInt64: SlowCall] = [:]
    /// Publishes that nobody set a time for and that only wait for the disk.
    var lonePublishes = LonePublishes()
    var sweep: Sweep?
    /// When the requests at hand were read.
    var readAt = NIODeadline.now()
    /// Watches whose last notifications the peer has not taken yet.
    var streamsAhead: Set<UInt64> = []
    var stall = WriteStall()
    /// Where answers of publishes are written; kept for its memory.
    var writer = JSONWriter()
    private let onInactive: () -> Void
    var context: ChannelHandlerContext?

    /// What is scheduled for a call that waits.
    struct SlowCall {
        var deadline: Scheduled<Void>?
        var heartbeat: RepeatedTask?
        /// How it is answered when the service stops, where no store does that.
        var end: (any JSONEncodable & Sendable)?

        func cancel() {
            deadline?.cancel()
            heartbeat?.cancel()
        }
    }

    /// The next look at the quick calls whose time may be over.
    struct Sweep {
        var deadline: NIODeadline
        var task: Scheduled<Void>
    }

    /// `onInactive` runs once the channel is gone.
    init(service: ServiceContext, connection: Connection, onInactive: @escaping () -> Void) {
        self.service = service
        self.connection = connection
        self.onInactive = onInactive
        scanner = JSONScanner(
            messageBytesMax: service.limits.messageBytesMax,
            nestingMax: service.limits.nestingMax
        )
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelInactive(context: ChannelHandlerContext) {
        for call in slowCalls.values { call.cancel() }
        slowCalls = [:]
        sweep?.task.cancel()
        connection.abandon()
        for call in lonePublishes.removeAll() {
            service.meters.publish.ended(.cancelled, readAt: .uptimeNanoseconds(call.readAt))
        }
        self.context = nil
        onInactive()
        let id = connection.id
        service.store?.perform { $0.endWaits(of: id) }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        take(buffer.readableBytesSpan)
    }

    /// Runs the requests that end in the next bytes of the stream.
    func take(_ bytes: RawSpan) {
        guard !life.isDraining else {
            perform(life.drained(bytes.byteCount, limit: service.limits.drainBytesMax))
            return
        }
        scanner.append(bytes)
        scan()
    }

    /// Runs the requests that are whole, as long as their answers have room.
    func scan() {
        guard !life.isDraining else { return }
        let now = service.now()
        readAt = .now()
        var isThrough = false
        do throws(JSONScanError) {
            while !isThrough, backlog.isUnlimited || gate.takesAnswers, backlog.hasRoom(service.limits) {
                if try scanner.next() { receive(now) } else { isThrough = true }
            }
        } catch {
            isThrough = true
            breakOff(error)
        }
        submit()
        if isThrough { backlog.goOn() } else { backlog.holdUp() }
        if gate.holdUp(!isThrough) { context?.read() }
        if isThrough, backlog.isInputEnded { finishInput() }
    }

    /// Goes on with requests that waited for room, once there is some and others have had their turn.
    func scanOn() {
        guard backlog.isHeldUp, gate.takesAnswers, backlog.hasRoom(service.limits), let context else { return }
        context.eventLoop.assumeIsolated().execute { [weak self] in
            guard let self, backlog.isHeldUp else { return }
            scan()
            connection.scheduleFlush()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.scheduleFlush()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        finishInput()
        connection.scheduleFlush()
    }

    /// Runs what the end of the stream completes.
    func finishInput() {
        backlog.isInputEnded = true
        // What was read before it comes first.
        guard !backlog.isHeldUp || life.isDraining else { return }
        if !life.isDraining {
            do throws(JSONScanError) {
                if try scanner.finish() { receive(service.now()) }
            } catch {
                breakOff(error)
            }
            submit()
        }
        perform(life.inputClosed())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if gate.wantsRead() { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if gate.isWritable(context.channel.isWritable) { context.read() }
        scanOn()
        context.fireChannelWritabilityChanged()
    }
}
