package import JSON
import NIOCore
import NIOPosix
import Synchronization

/// One connection to consentd, for services on the same machine.
///
/// Calls may be made from many tasks at once; they are pipelined and their answers matched by id. The daemon starts
/// them in the order in which they were made.
public final class ConsentClient: Sendable {
    private let channel: any Channel
    private let lastID = Atomic<UInt64>(0)

    private init(channel: any Channel) {
        self.channel = channel
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects to one of the daemon's sockets; where no path is given, to the one for publishers.
    ///
    /// - Throws: `ClientError.cannotConnect`.
    public static func connect(
        to path: String = ConsentClient.defaultPath(.publish)
    ) async throws(ClientError) -> ConsentClient {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(CallHandler())
                    }
                }
                .connect(unixDomainSocketPath: path)
                .get()
            return ConsentClient(channel: channel)
        } catch {
            throw .cannotConnect(path: path, reason: ConnectFailure(error))
        }
    }

    /// Closes the connection; calls without an answer fail with `ClientError.closed`.
    public func close() async {
        channel.close(promise: nil)
        // It only ever succeeds.
        try? await channel.closeFuture.get()
    }

    /// Calls a method with parameters in JSON and gives its result in compact JSON.
    ///
    /// - Parameters:
    ///   - params: a JSON object or array; nil leaves the parameters out.
    ///   - timeout: how long the daemon may take, 1 ms to 300 s; nil takes the daemon's default of 30 s.
    public func call(
        _ method: String,
        paramsJSON: String?,
        timeout: Duration? = nil
    ) async throws(ClientError) -> String {
        try await call(method, params: paramsJSON.map(Self.parameters), timeout: timeout).description
    }

    /// Calls a method and gives its result.
    package func call(
        _ method: String,
        params: JSONValue? = nil,
        timeout: Duration? = nil
    ) async throws(ClientError) -> JSONValue {
        guard !Task.isCancelled else { throw .cancelled }
        let call = OutgoingCall(
            id: lastID.wrappingAdd(1, ordering: .relaxed).newValue,
            method: method,
            params: timeout.map { Self.adding(timeout: $0, to: params) } ?? params,
            answer: channel.eventLoop.makePromise(of: JSONValue.self),
            timeout: (timeout ?? ClientLimits.defaultTimeout) + ClientLimits.deadlineGrace
        )
        do {
            return try await withTaskCancellationHandler {
                channel.writeAndFlush(call).whenFailure { _ in call.answer.fail(ClientError.closed) }
                return try await call.answer.futureResult.get()
            } onCancel: {
                // The event may overtake the call on its way to the loop, the promise cannot be missed.
                call.answer.fail(ClientError.cancelled)
                channel.triggerUserOutboundEvent(AbandonedCall(id: call.id), promise: nil)
            }
        } catch let error as ClientError {
            throw error
        } catch {
            throw .closed
        }
    }

    /// Calls a method that sends notifications before its answer, and gives their parameters.
    ///
    /// It ends as the answer says; what the reader does not take in time is bounded.
    func stream(
        _ method: String,
        params: JSONValue?,
        end: @escaping @Sendable (JSONValue) -> ClientError?
    ) -> AsyncThrowingStream<JSONValue, any Error> {
        let limit = ClientLimits.watchEventsMax
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: JSONValue.self,
            bufferingPolicy: .bufferingOldest(limit)
        )
        let call = OutgoingCall(
            id: lastID.wrappingAdd(1, ordering: .relaxed).newValue,
            method: method,
            params: params,
            answer: channel.eventLoop.makePromise(of: JSONValue.self),
            timeout: nil
        ) { event in
            guard case .dropped = continuation.yield(event) else { return }
            continuation.finish(throwing: ClientError.watchLags(limit: limit))
        }
        call.answer.futureResult.whenComplete { answer in
            switch answer {
            case .success(let result): continuation.finish(throwing: end(result))
            case .failure(let error): continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { [channel] _ in
            channel.triggerUserOutboundEvent(AbandonedCall(id: call.id), promise: nil)
        }
        channel.writeAndFlush(call).whenFailure { _ in call.answer.fail(ClientError.closed) }
        return stream
    }

    /// Reads parameters that a caller wrote.
    private static func parameters(_ text: String) throws(ClientError) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue.parse(text)
        } catch .syntax(let offset) {
            throw .invalidParameters(offset: offset)
        } catch {
            throw .invalidParameters(offset: 0)
        }
        guard value.objectValue != nil || value.arrayValue != nil else { throw .invalidParameters(offset: 0) }
        return value
    }

    /// Positional parameters have no place for a deadline: there it is the client's alone.
    private static func adding(timeout: Duration, to params: JSONValue?) -> JSONValue {
        var object = params ?? .object([:])
        guard object.objectValue != nil else { return object }
        var meta = object["_meta"] ?? .object([:])
        if meta["timeout_ms"] == nil { meta["timeout_ms"] = .int(Int(timeout / .milliseconds(1))) }
        object["_meta"] = meta
        return object
    }
}

extension ConnectFailure {
    /// Reads the reason out of what NIO throws.
    init(_ error: any Error) {
        if case SocketAddressError.unixDomainSocketPathTooLong = error {
            self = .pathTooLong
            return
        }
        self.init(systemError: (error as? IOError)?.errnoCode, description: "\(error)")
    }
}
