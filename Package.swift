// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "cicada",
    dependencies: [
        // For tests alone: the histograms of Statistics are held against it.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0")
    ],
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel"),
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),

        // Layer 1: mechanisms
        .target(name: "Statistics", dependencies: ["LoadModel"]),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["Statistics", "LoadModel", .product(name: "Histogram", package: "hdrhistogram-swift")]
        ),

        // Layer 2: services
        .target(name: "Reporting", dependencies: ["Statistics", "LoadModel"]),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Statistics", "LoadModel"], exclude: ["Golden"]),
    ],
    swiftLanguageModes: [.v6]
)
