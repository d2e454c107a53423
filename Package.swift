// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "cicada",
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel"),
        // Layer 1: mechanisms
        .target(name: "CPlatform"),
        .target(name: "EventLoop", dependencies: ["CPlatform"]),
        // Layer 2: services
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "HTTPTransport", dependencies: ["LoadModel", "EventLoop", "CCurl"]),
        // Tests
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"]),
    ],
    swiftLanguageModes: [.v6]
)
