import JSON
import TestSupport
import Testing

/// Calls go by the proxy that the environment names.
@Suite(.timeLimit(.minutes(1)))
struct ProxyTests {
    @Test func aHostThatOnlyTheProxyKnowsIsReached() async throws {
        let simulator = try await SimulatorProcess.start(arguments: ["--people", "1"])
        let scene = Scene(
            simulator: simulator,
            daemon: try await DaemonProcess.start(environment: ["http_proxy": simulator.url])
        )
        // No resolver knows a name that ends in .invalid.
        let configuration = Scene.configuration(url: "http://acme.invalid")
        _ = try await scene.daemon.result("createConfiguration", configuration)
        let delivery = try await scene.deliver("person000001@example.com")
        #expect(delivery["state"] == "delivered", "\(delivery)")
    }

    @Test func hostsOutsideTheProxyAreCalledDirectly() async throws {
        let simulator = try await SimulatorProcess.start(arguments: ["--people", "1"])
        let environment = ["http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"]
        let scene = Scene(
            simulator: simulator,
            daemon: try await DaemonProcess.start(environment: environment)
        )
        try await scene.configure()
        let delivery = try await scene.deliver("person000001@example.com")
        #expect(delivery["state"] == "delivered", "\(delivery)")
    }
}
