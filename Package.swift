// swift-tools-version: 6.1
import PackageDescription

/// For the targets on the request path. Debug builds, and so the tests, keep the run-time checks for overlapping access; in release builds
/// they would cost 8 % of a request's instructions.
let requestPath: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

let package = Package(
    name: "cicada",
    products: [
        .executable(name: "cicada", targets: ["cicada"]),
        .executable(name: "sample-webapp", targets: ["sample-webapp"]),
    ],
    dependencies: [
        // For tests only: Statistics is held against it.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel", swiftSettings: requestPath),

        // Layer 1: mechanisms
        .target(name: "CPlatform"),
        .target(name: "EventLoop", dependencies: ["CPlatform"], swiftSettings: requestPath),
        .target(name: "Statistics", dependencies: ["LoadModel"], swiftSettings: requestPath),

        // Layer 2: services
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "HTTPTransport", dependencies: ["LoadModel", "EventLoop", "CCurl"], swiftSettings: requestPath),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CCSV", providers: [.apt(["libcsv-dev"])]),
        .target(name: "CLuaBridge", dependencies: ["CLua", "CCrypto", "CJansson", "CPCRE2"]),
        .target(name: "Scripting", dependencies: ["LoadModel", "CLua", "CLuaBridge", "CCSV", "CJansson"], swiftSettings: requestPath),
        .target(name: "ScriptWriting", dependencies: ["LoadModel"]),
        .target(name: "Judgement", dependencies: ["Statistics", "LoadModel"]),
        .target(name: "Reporting", dependencies: ["Judgement", "Statistics", "LoadModel"]),
        .systemLibrary(name: "CMessagePack", pkgConfig: "msgpack", providers: [.apt(["libmsgpack-dev"])]),
        .target(name: "Wire", dependencies: ["Statistics", "LoadModel", "CMessagePack"], swiftSettings: requestPath),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .target(name: "ZeroMQ", dependencies: ["EventLoop", "CZeroMQ", "CSodium"]),

        // Layer 3: activity
        .target(
            name: "LoadEngine", dependencies: ["HTTPTransport", "Statistics", "LoadModel", "EventLoop"], swiftSettings: requestPath),

        // Layer 4: cluster
        .systemLibrary(name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),
        .target(
            name: "Cluster",
            dependencies: [
                "LoadEngine", "HTTPTransport", "Scripting", "Judgement", "Wire", "ZeroMQ", "Statistics", "LoadModel", "EventLoop",
                "CJemalloc",
            ]),

        // Layer 5: faces, and servers of known behaviour for tests
        .target(name: "LocustLink", dependencies: ["Cluster", "Wire", "ZeroMQ", "Statistics", "LoadModel", "EventLoop"]),
        .target(
            name: "MasterHTTP",
            dependencies: [
                "Reporting", "Statistics", "LoadModel",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(
            name: "SampleWebapp",
            dependencies: [
                "LoadModel",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: requestPath),
        .target(name: "TestServers", dependencies: ["LoadModel", "EventLoop", "CPlatform"]),

        // Layer 6: programs, and the checks of `make accuracy`
        .target(name: "Accuracy", dependencies: ["TestServers", "Statistics", "LoadModel", "EventLoop"]),
        .executableTarget(
            name: "cicada",
            dependencies: [
                "LocustLink", "MasterHTTP", "Cluster", "LoadEngine", "HTTPTransport", "Scripting", "ScriptWriting", "Judgement",
                "Reporting",
                "Wire",
                "ZeroMQ", "Statistics",
                "LoadModel", "EventLoop", "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "sample-webapp",
            dependencies: ["SampleWebapp", "EventLoop", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // Layer 7: what runs the checks
        .executableTarget(
            name: "cicada-accuracy",
            dependencies: ["Accuracy", "TestServers", "EventLoop", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // Tests
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"]),
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport", "TestServers", "LoadModel", "EventLoop"]),
        .testTarget(name: "ScriptingTests", dependencies: ["Scripting", "LoadModel", "CLua"]),
        .testTarget(name: "ScriptWritingTests", dependencies: ["ScriptWriting", "Scripting", "LoadModel"]),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["Statistics", "LoadModel", .product(name: "Histogram", package: "hdrhistogram-swift")]),
        .testTarget(name: "JudgementTests", dependencies: ["Judgement", "Statistics", "LoadModel"]),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Judgement", "Statistics", "LoadModel"], exclude: ["Golden"]),
        .testTarget(
            name: "LoadEngineTests", dependencies: ["LoadEngine", "HTTPTransport", "TestServers", "Statistics", "LoadModel", "EventLoop"]),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Cluster", "LoadEngine", "HTTPTransport", "Scripting", "Judgement", "Wire", "ZeroMQ", "Statistics", "LoadModel",
                "EventLoop",
            ]),
        .testTarget(
            name: "LocustLinkTests",
            dependencies: ["LocustLink", "Cluster", "Scripting", "TestServers", "Wire", "ZeroMQ", "Statistics", "LoadModel", "EventLoop"]),
        .testTarget(
            name: "MasterHTTPTests", dependencies: ["MasterHTTP", "Reporting", "TestServers", "Statistics", "LoadModel", "EventLoop"]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Statistics", "LoadModel", "CMessagePack"], exclude: ["Golden"]),
        .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ", "TestServers", "EventLoop", "CZeroMQ"]),
        .testTarget(
            name: "SampleWebappTests",
            dependencies: [
                "SampleWebapp", "sample-webapp", "TestServers", "LoadModel",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .testTarget(
            name: "AccuracyTests",
            dependencies: ["Accuracy", "cicada", "cicada-accuracy", "TestServers", "Statistics", "LoadModel", "EventLoop"]),
        .testTarget(name: "DeployTests", dependencies: ["cicada", "sample-webapp", "TestServers", "LoadModel", "Yams"]),
        .testTarget(
            name: "PodTests", dependencies: ["cicada", "sample-webapp", "TestServers", "ZeroMQ", "EventLoop", "CPlatform", "Yams"]),
        .testTarget(
            name: "ProgramTests",
            dependencies: ["cicada", "sample-webapp", "TestServers", "LocustLink", "Wire", "ZeroMQ", "LoadModel", "EventLoop"]),
    ],
    swiftLanguageModes: [.v6]
)
