// swift-tools-version: 6.3

import PackageDescription

let package = Package(
    name: "consentd",
    products: [
        .library(name: "ConsentClient", targets: ["ConsentClient"]),
        .executable(name: "consent-bench", targets: ["consent-bench"]),
        .executable(name: "consentctl", targets: ["consentctl"]),
        .executable(name: "consentd", targets: ["consentd"]),
        .executable(name: "salesforce-simulator", targets: ["salesforce-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // In the order of the dependency graph: a target imports only from sections above its own.

        // MARK: JSON

        .target(name: "JSON"),
        .testTarget(name: "JSONTests", dependencies: ["Consent", "JSON", "TestSupport"]),

        // MARK: JSONRPC

        .target(name: "JSONRPC", dependencies: ["JSON"]),
        .testTarget(name: "JSONRPCTests", dependencies: ["JSON", "JSONRPC"]),

        // MARK: Consent

        .target(name: "Consent"),
        .testTarget(name: "ConsentTests", dependencies: ["Consent"]),

        // MARK: Journal

        .target(name: "CChecksum"),
        .target(
            name: "Journal",
            dependencies: [
                "CChecksum",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "JournalTests",
            dependencies: [
                "CChecksum", "Journal", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Golden"]
        ),

        // MARK: Systemd

        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "Systemd", dependencies: ["CSystemd"]),
        .testTarget(
            name: "SystemdTests",
            dependencies: ["ChildProcesses", "Systemd", "TestSupport"],
            exclude: ["System"]
        ),

        // MARK: TaskPool

        .target(
            name: "TaskPool",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .testTarget(name: "TaskPoolTests", dependencies: ["Consent", "TaskPool"]),

        // MARK: HTTPClient

        // Declares libcurl and loads it when it is needed.
        .target(name: "CCurl"),
        .target(name: "HTTPClient", dependencies: ["CCurl"]),
        .testTarget(name: "HTTPClientTests", dependencies: ["CSpawn", "HTTPClient"]),

        // MARK: OpenMetrics

        .target(name: "OpenMetrics", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")]),
        .testTarget(
            name: "OpenMetricsTests",
            dependencies: ["OpenMetrics", .product(name: "CoreMetrics", package: "swift-metrics")]
        ),

        // MARK: ConsentAPI

        .target(name: "ConsentAPI", dependencies: ["Consent", "JSON", "JSONRPC"]),
        .testTarget(
            name: "ConsentAPITests",
            dependencies: ["Consent", "ConsentAPI", "JSON", "JSONRPC", "TestSupport"]
        ),

        // MARK: ConsentStore

        .target(
            name: "ConsentStore",
            dependencies: [
                "Consent",
                "Journal",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ConsentStoreTests",
            dependencies: [
                "ChildProcesses", "Consent", "ConsentStore", "Journal", "OpenMetrics", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),

        // MARK: Delivery

        .target(
            name: "Delivery",
            dependencies: [
                "Consent",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .testTarget(name: "DeliveryTests", dependencies: ["Consent", "Delivery", "OpenMetrics", "TestSupport"]),

        // MARK: SalesforceSimulator

        .target(
            name: "SalesforceSimulator",
            dependencies: [
                "JSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "SalesforceSimulatorTests",
            dependencies: [
                "JSON", "SalesforceSimulator",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        // MARK: Salesforce

        .target(name: "Salesforce", dependencies: ["Consent", "Delivery", "HTTPClient", "JSON"]),
        .testTarget(
            name: "SalesforceTests",
            dependencies: [
                "Consent", "Delivery", "HTTPClient", "JSON", "Salesforce", "SalesforceSimulator", "TestSupport",
            ]
        ),

        // MARK: ConsentService

        .target(
            name: "ConsentService",
            dependencies: [
                "Consent", "ConsentAPI", "ConsentStore", "Delivery", "JSON", "JSONRPC", "OpenMetrics",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),

        // MARK: ConsentClient

        .target(
            name: "ConsentClient",
            dependencies: [
                "JSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ConsentClientTests",
            dependencies: [
                "ChildProcesses", "ConsentClient", "JSON", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        // MARK: ChildProcesses

        .systemLibrary(name: "CSpawn"),
        .target(name: "ChildProcesses", dependencies: ["CSpawn"]),
        .testTarget(name: "ChildProcessesTests", dependencies: ["ChildProcesses"]),

        // MARK: Programs

        .target(name: "CArguments"),
        .executableTarget(
            name: "consentd",
            dependencies: [
                "CArguments", "Consent", "ConsentAPI", "ConsentService", "ConsentStore", "Delivery", "HTTPClient",
                "Journal", "OpenMetrics", "Salesforce", "Systemd", "TaskPool",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "consentctl",
            dependencies: [
                "ChildProcesses", "Consent", "ConsentClient", "ConsentStore", "JSON", "Journal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "salesforce-simulator",
            dependencies: [
                "JSON", "SalesforceSimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "consent-bench",
            dependencies: [
                "ChildProcesses", "Consent", "ConsentStore", "JSON", "Journal", "SalesforceSimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),

        // MARK: Tests of the whole

        .target(name: "TestSupport", dependencies: ["ChildProcesses", "Consent", "JSON"], path: "Tests/TestSupport"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["ChildProcesses", "Consent", "JSON", "TestSupport"],
            exclude: ["Peers", "PublicClients"]
        ),
        .testTarget(name: "HarnessTests", dependencies: ["ChildProcesses", "JSON", "TestSupport"]),
        .testTarget(
            name: "ProtocolDocsTests",
            dependencies: ["ChildProcesses", "JSON", "TestSupport"],
            exclude: ["json_rpc_client.py", "validate.py"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !["CChecksum", "CCurl"].contains(target.name) {
    target.swiftSettings = [
        // Every feature that Swift 7 turns on, so that nothing changes under us.
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .strictMemorySafety(),
    ]
}
