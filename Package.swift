// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "cicada",
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0")
    ],
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel"),

        // Layer 1: mechanisms
        .target(name: "CPlatform"),
        .target(name: "EventLoop", dependencies: ["CPlatform"]),
        .target(name: "Statistics", dependencies: ["LoadModel", .product(name: "Histogram", package: "hdrhistogram-swift")]),

        // Layer 2: services
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "HTTPTransport", dependencies: ["LoadModel", "EventLoop", "CCurl"]),
        .target(name: "Reporting", dependencies: ["Statistics", "LoadModel"]),

        // Layer 3: activity
        .target(name: "LoadEngine", dependencies: ["HTTPTransport", "Statistics", "LoadModel", "EventLoop"]),

        // Servers of known behaviour, for tests
        .target(name: "TestServers", dependencies: ["EventLoop"]),

        // Tests
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"]),
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport", "TestServers", "LoadModel", "EventLoop"]),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["Statistics", "LoadModel", .product(name: "Histogram", package: "hdrhistogram-swift")]),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Statistics", "LoadModel"], exclude: ["Golden"]),
    ],
    swiftLanguageModes: [.v6]
)
