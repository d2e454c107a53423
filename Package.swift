// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "cicada",
    targets: [
        // Layer 0: leaves
        .target(name: "LoadModel"),
        .testTarget(name: "LoadModelTests", dependencies: ["LoadModel"]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CLuaBridge", dependencies: ["CLua"]),
        // Layer 2: services
        .target(name: "Scripting", dependencies: ["LoadModel", "CLua", "CLuaBridge"]),
        .testTarget(name: "ScriptingTests", dependencies: ["Scripting", "LoadModel"]),
    ],
    swiftLanguageModes: [.v6]
)
