// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "cicada",
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel"),
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),
    ],
    swiftLanguageModes: [.v6]
)
