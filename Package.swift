// swift-tools-version: 6.2
import PackageDescription

// The layers of docs/life-of-a-call.md, bottom first. An import points down this file, never up, never sideways:
// `scripts/test` builds with --explicit-target-dependency-import-check error, so a wrong one fails the build.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function runs where its caller runs: a call makes no hop that it does not need.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
// The host does without the implicit import of the string processing library: two shared objects and a megabyte, for a
// `contains` of more than a character.
let lean =
  strict + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]
let strictC: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error), .define("_GNU_SOURCE"),
]

func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: lean)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)Tests",
    swiftSettings: strict)
}

let systemLibraries: [Target] = [
  system("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
  system("CYAML", "yaml-0.1", apt: "libyaml-dev"),
  system("CPCRE2", "libpcre2-8", apt: "libpcre2-dev"),
  system("CCrypto", "libcrypto", apt: "libssl-dev"),
]

let layers: [Target] = [
  // 0: nothing of ours below it
  .target(
    name: "PluginABI", path: "PluginAPI", sources: ["abi_check.c"], publicHeadersPath: "include",
    cSettings: strictC),
  .target(name: "CLinux", path: "Sources/CLinux", cSettings: strictC),
  .target(name: "CPluginLoading", dependencies: ["PluginABI"], path: "sandbox/loading", cSettings: strictC),
  .target(
    name: "CPluginServices", dependencies: ["PluginABI"], path: "sandbox/services", cSettings: strictC),
  .target(name: "CWorkerWire", path: "sandbox/wire", cSettings: strictC),
  .target(name: "CChildProcesses", path: "Sources/CChildProcesses", cSettings: strictC),
  .target(name: "CWorkerHosting", path: "sandbox/hosting", cSettings: strictC),
  .target(name: "CManifestSchemas", path: "Sources/CManifestSchemas", cSettings: strictC),
  .target(name: "CCurl", path: "System/CCurl", cSettings: strictC),
  .target(name: "CLineEdit", path: "System/CLineEdit", cSettings: strictC),
  layer("Locking"),
  layer("JSONCodec"),
  layer("Telemetry", ["Locking", "CLinux"]),
  // 1
  layer("ChildProcesses", ["CChildProcesses"]),
  layer("ToolContracts", ["JSONCodec", "Locking"]),
  layer("ModelContracts", ["JSONCodec"]),
  layer("JSONSchema", ["JSONCodec", "CPCRE2"]),
  layer("JSONRPC", ["JSONCodec", "Locking", "CLinux"]),
  // 2
  layer("PluginFiles", ["PluginABI", "CPluginLoading", "CCrypto", "ToolContracts", "JSONCodec"]),
  layer("Authorization", ["ToolContracts"]),
  layer("Admission", ["ToolContracts", "ModelContracts", "Locking"]),
  layer("Storage", ["ToolContracts", "ModelContracts", "JSONCodec", "Locking", "Telemetry", "CCrypto"]),
  layer(
    "Manifests",
    [
      "ToolContracts", "ModelContracts", "JSONSchema", "JSONCodec", "CManifestSchemas", "CCrypto", "CYAML",
    ]),
  // 3
  layer(
    "ToolRegistry",
    [
      "ToolContracts", "ModelContracts", "JSONSchema", "JSONCodec", "Authorization", "Admission", "Locking",
      "CCrypto",
    ]),
  // 4
  layer(
    "PluginChecking",
    [
      "ToolRegistry", "PluginFiles", "PluginABI", "CPluginLoading", "ChildProcesses", "ToolContracts",
      "JSONSchema",
      "JSONCodec",
    ]),
  layer(
    "Invocation",
    [
      "ToolRegistry", "Authorization", "Admission", "Storage", "ToolContracts", "ModelContracts",
      "JSONSchema",
      "JSONCodec", "Telemetry", "Locking", "CLinux",
    ]),
  // 5
  layer(
    "FlowEngine",
    [
      "Invocation", "ToolRegistry", "Manifests", "Admission", "Storage", "ToolContracts", "ModelContracts",
      "JSONSchema",
      "JSONCodec", "Telemetry", "Locking",
    ]),
  // 6
  layer(
    "MCPServer",
    [
      "FlowEngine", "Invocation", "Storage", "ToolRegistry", "JSONRPC", "ToolContracts", "JSONSchema",
      "JSONCodec",
      "Telemetry",
      "Locking", "CLinux", "CCrypto",
    ]),
]

// Each implements one port of layer 1 or 2, and only the executable names it.
let adapters: [Target] = [
  layer(
    "NativePlugins",
    [
      "PluginFiles", "PluginABI", "CPluginLoading", "CPluginServices", "ToolContracts", "JSONCodec",
      "Locking",
    ]),
  layer("Secrets", ["ToolContracts"]),
  // What plugins may ask of the host.
  layer(
    "OutgoingHTTP",
    [
      "CCurl", "CLinux", "CPluginServices", "HostServices", "Secrets", "ToolContracts", "JSONCodec",
      "Locking",
    ]),
  layer(
    "HostServices", ["CPluginServices", "PluginABI", "Storage", "ToolContracts", "JSONCodec", "Locking"]),
  layer("WorkerWire", ["CWorkerWire", "ToolContracts"]),
  layer(
    "WorkerPlugins",
    [
      "WorkerWire", "CWorkerWire", "CWorkerHosting", "CPluginLoading", "PluginABI", "PluginFiles", "CLinux",
      "ToolContracts", "JSONCodec", "Telemetry", "Locking",
    ]),
  .target(name: "CServerLaunching", path: "sandbox/launching", cSettings: strictC),
  layer(
    "MCPClient",
    [
      "CServerLaunching", "CCrypto", "JSONRPC", "JSONSchema", "ToolContracts", "JSONCodec", "Telemetry",
      "Locking",
    ]),
  layer(
    "SQLiteStorage",
    [
      "CSQLite", "CLinux", "Storage", "ToolContracts", "ModelContracts", "JSONCodec", "Telemetry", "Locking",
    ]),
]

// PluginAPI and Plugins: what a third party sees. The host imports none of it.
let pluginSDK: [Target] = [
  .target(
    name: "JackfieldPluginSDK", dependencies: ["PluginABI"], path: "PluginAPI/Swift/JackfieldPluginSDK",
    swiftSettings: strict)
]

/// A plugin is two targets: what it does, which its tests import, and the exported function, of which a test bundle
/// could not hold two. Its product is named after its id.
func plugin(
  _ name: String, _ dependencies: [Target.Dependency] = [], in folder: String = "Plugins"
) -> [Target] {
  [
    .target(
      name: name, dependencies: ["JackfieldPluginSDK"] + dependencies, path: "\(folder)/\(name)/Sources",
      swiftSettings: strict),
    .target(
      name: "\(name)Entry", dependencies: [.target(name: name), "JackfieldPluginSDK", "PluginABI"],
      path: "\(folder)/\(name)/Entry", swiftSettings: strict, linkerSettings: exportsOnlyTheEntry),
  ]
}
/// A plugin in C needs no such split: a test loads it.
func pluginInC(_ name: String, _ dependencies: [Target.Dependency] = [], in folder: String = "Plugins")
  -> Target
{
  .target(
    name: name, dependencies: ["PluginABI"] + dependencies, path: "\(folder)/\(name)",
    exclude: ["descriptor.json"], cSettings: strictC + [.unsafeFlags(["-fvisibility=hidden"])],
    // The package manager links the Swift runtime into everything. Static, nothing of it is pulled into C.
    linkerSettings: exportsOnlyTheEntry + [.unsafeFlags(["-nostartfiles", "-static-stdlib"])])
}
func pluginLibrary(_ id: String, _ target: String) -> Product {
  .library(name: id, type: .dynamic, targets: [target])
}
let exportsOnlyTheEntry: [LinkerSetting] = [
  // lld: gold lists the hidden symbols of Swift metadata among the dynamic ones.
  .unsafeFlags([
    "-use-ld=lld", "-Xlinker", "--version-script=\(Context.packageDirectory)/PluginAPI/exports.map",
    // A host binds every symbol when it loads a plugin; so the table of addresses need not stay writable.
    "-Xlinker", "-z", "-Xlinker", "now",
  ])
]

let plugins: [Target] = plugin("Calc") + plugin("Clock")
let pluginLibraries: [Product] = [
  pluginLibrary("calc", "CalcEntry"),
  pluginLibrary("clock", "ClockEntry"),
]

// Built like the others, and never shipped.
let fixturePlugins: [Target] = [
  pluginInC("Add", in: "Tests/Fixtures/plugins"),
  pluginInC("Slow", in: "Tests/Fixtures/plugins"),
  pluginInC("Ledger", in: "Tests/Fixtures/plugins"),
]
let fixtureLibraries: [Product] = [
  pluginLibrary("add", "Add"), pluginLibrary("slow", "Slow"), pluginLibrary("ledger", "Ledger"),
]

/// What answers from documents, databases and rules.
let knowledgePlugins: [Target] =
  plugin("Docs", ["CSQLite"]) + plugin("Rules", ["CPCRE2"]) + plugin("Chaos") + [
    .target(
      name: "Sql", dependencies: ["PluginABI", "CSQLite"], path: "Plugins/Sql",
      exclude: ["README.md", "descriptor.json"],
      sources: ["Sources"], publicHeadersPath: "include",
      cSettings: strictC + [.unsafeFlags(["-fvisibility=hidden"])],
      linkerSettings: exportsOnlyTheEntry)
  ]
let knowledgeLibraries: [Product] = [
  pluginLibrary("docs", "DocsEntry"), pluginLibrary("rules", "RulesEntry"), pluginLibrary("sql", "Sql"),
  pluginLibrary("chaos", "ChaosEntry"),
]

/// What asks the servers of language models.
let providerPlugins: [Target] = plugin("OpenAI") + plugin("Anthropic") + plugin("Gemini")
let providerLibraries: [Product] = [
  pluginLibrary("openai", "OpenAIEntry"), pluginLibrary("anthropic", "AnthropicEntry"),
  pluginLibrary("gemini", "GeminiEntry"),
]

let executables: [Target] = [
  // Where an unknown plugin runs for the first time.
  .executableTarget(
    name: "jackfield-probe", dependencies: ["PluginABI", "CPluginLoading"], path: "sandbox",
    sources: ["probe.c"],
    cSettings: strictC,
    // The package manager links the Swift runtime into every program. This one is C: it starts faster without, and a
    // plugin must not find a runtime there that it did not ask for. Static, nothing of it is pulled in.
    linkerSettings: [.unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "--no-export-dynamic"])]),
  // Where a plugin is tried by its author. C for the same reasons.
  .executableTarget(
    name: "jackfield-check", dependencies: ["PluginABI", "CPluginLoading"], path: "sandbox/checking",
    cSettings: strictC,
    linkerSettings: [
      .linkedLibrary("m"),
      .unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "--no-export-dynamic"]),
    ]),
  // Where plugins run that are not trusted.
  .executableTarget(
    name: "jackfield-worker",
    dependencies: ["PluginABI", "CPluginLoading", "CPluginServices", "CWorkerWire"],
    path: "sandbox/worker", cSettings: strictC,
    linkerSettings: [.unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "--no-export-dynamic"])]),
  // What stands between the host and an MCP server, so that nothing of the server outlives the host.
  .executableTarget(
    name: "jackfield-guard", path: "sandbox/guard", cSettings: strictC,
    linkerSettings: [.unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "--no-export-dynamic"])]),
  .executableTarget(
    name: "jackfield",
    dependencies: [
      "MCPServer", "FlowEngine", "Invocation", "ToolRegistry", "Manifests", "Authorization", "Admission",
      "Storage",
      "ToolContracts", "ModelContracts", "JSONSchema", "JSONRPC", "JSONCodec", "Telemetry", "Locking",
      "CLinux",
      "NativePlugins", "WorkerPlugins", "HostServices", "OutgoingHTTP", "Secrets", "MCPClient",
      "SQLiteStorage",
      "CCrypto", "CLineEdit", "PluginChecking", "ChildProcesses",
    ], path: "Sources/jackfield", swiftSettings: lean),
  .target(name: "CPingPong", path: "Benchmarks/PingPong", cSettings: strictC),
  .executableTarget(
    name: "benchmark-stream-peer", path: "Benchmarks/Streams", cSettings: strictC,
    linkerSettings: [.linkedLibrary("curl")]),
  .executableTarget(
    name: "benchmark-calls",
    dependencies: [
      "WorkerPlugins", "CWorkerWire", "CPingPong", "OutgoingHTTP", "HostServices",
      "FlowEngine", "Invocation", "ToolRegistry", "Manifests", "Authorization", "Storage", "ToolContracts",
      "JSONSchema",
      "JSONCodec", "Telemetry", "Locking", "NativePlugins", "SQLiteStorage",
    ], path: "Benchmarks/Calls", swiftSettings: strict),
]

let testTargets: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["ToolContracts", "Locking", "CSQLite", "CLinux"],
    path: "Tests/TestSupport", swiftSettings: strict),
  tests("TestSupport", ["CSQLite"]),
  tests("JSONCodec", ["JSONCodec"]),
  tests("JSONSchema", ["JSONSchema", "JSONCodec"]),
  tests("ToolContracts", ["ToolContracts", "Locking"]),
  tests("ModelContracts", ["ModelContracts", "JSONCodec"]),
  tests("Authorization", ["Authorization", "ToolContracts"]),
  tests("Admission", ["Admission", "ToolContracts", "ModelContracts", "Locking"]),
  tests(
    "ToolRegistry", ["ToolRegistry", "Authorization", "Admission", "ToolContracts", "JSONCodec", "Locking"]),
  tests(
    "Invocation",
    [
      "Invocation", "ToolRegistry", "Authorization", "Admission", "Storage", "ToolContracts",
      "ModelContracts",
      "JSONSchema",
      "JSONCodec",
      "Telemetry",
      "Locking",
    ]),
  tests(
    "FlowEngine",
    [
      "FlowEngine", "Invocation", "ToolRegistry", "Authorization", "Manifests", "Storage", "ToolContracts",
      "ModelContracts", "JSONSchema", "JSONCodec",
      "Telemetry", "Locking",
    ]),
  tests("Locking", ["Locking"]),
  tests("Telemetry", ["Telemetry", "Locking"]),
  tests("Storage", ["Storage", "SQLiteStorage", "Telemetry", "ToolContracts", "ModelContracts"]),
  tests("SQLiteStorage", ["SQLiteStorage", "Storage", "Telemetry", "Locking", "ToolContracts", "CSQLite"]),
  tests("Manifests", ["Manifests", "ToolContracts", "ModelContracts", "JSONCodec"]),
  tests(
    "NativePlugins",
    [
      "NativePlugins", "PluginFixtures", "PluginFiles", "HostServices", "Storage", "ToolContracts",
      "JSONCodec",
      "Locking",
    ]),
  tests(
    "HostServices",
    ["HostServices", "CPluginServices", "PluginABI", "Storage", "ToolContracts", "JSONCodec", "Locking"]),
  .testTarget(
    name: "OutgoingHTTPTests",
    dependencies: [
      "OutgoingHTTP", "HostServices", "CPluginServices", "Secrets", "ToolContracts", "Locking", "TestSupport",
    ], path: "Tests/OutgoingHTTPTests", exclude: ["server.py"], swiftSettings: strict),
  tests("Secrets", ["Secrets", "ToolContracts"]),
  tests("PluginChecking", ["PluginChecking", "ToolContracts", "JSONCodec"]),
  // Plugins built by the tests themselves, and a host that writes down what they do.
  .target(
    name: "PluginFixtures", dependencies: ["NativePlugins", "ToolContracts", "Locking"],
    path: "Tests/PluginFixtures", swiftSettings: strict),
  tests(
    "WorkerPlugins",
    [
      "WorkerPlugins", "NativePlugins", "PluginFixtures", "PluginFiles", "WorkerWire", "ToolContracts",
      "JSONCodec", "OutgoingHTTP", "HostServices", "CPluginServices",
      "Telemetry", "Locking",
    ]),
  tests("PluginAPI", ["JackfieldPluginSDK", "PluginABI"]),
  tests("Calc", ["Calc"]),
  tests("Clock", ["Clock", "JackfieldPluginSDK"]),
]

let knowledgeTests: [Target] = [
  // A host of a few lines that loads a plugin's shared object, for what can only be seen through the ABI.
  .target(
    name: "PluginHarness", dependencies: ["PluginABI", "JSONCodec", "Locking"], path: "Tests/PluginHarness",
    swiftSettings: strict),
  tests("SqlPlugin", ["PluginHarness", "PluginABI", "CSQLite", "JSONCodec"]),
  tests("DocsPlugin", ["Docs", "PluginHarness", "PluginABI", "JSONCodec"]),
  tests(
    "RulesPlugin",
    ["Rules", "JackfieldPluginSDK", "PluginHarness", "PluginABI", "Manifests", "JSONCodec"]),
  tests("ChaosPlugin", ["Chaos", "JackfieldPluginSDK"]),
  tests("AnthropicPlugin", ["Anthropic", "JackfieldPluginSDK"]),
  tests("GeminiPlugin", ["Gemini", "JackfieldPluginSDK"]),
  tests("OpenAIPlugin", ["OpenAI", "JackfieldPluginSDK"]),
]

let wireTests: [Target] = [
  tests(
    "MCPClient", ["MCPClient", "JSONRPC", "JSONCodec", "Telemetry", "ToolContracts", "Locking"]),
  tests("JSONRPC", ["JSONRPC", "JSONCodec", "Locking"]),
  tests(
    "MCPServer",
    [
      "MCPServer", "MCPFixtures", "Manifests", "FlowEngine", "Invocation", "Storage", "JSONCodec",
      "ToolContracts", "Locking",
    ]),
  // A host in memory whose plugins are closures, and the same as a program for clients in other languages.
  .target(
    name: "MCPFixtures",
    dependencies: [
      "MCPServer", "FlowEngine", "Invocation", "ToolRegistry", "Authorization", "Storage", "ToolContracts",
      "JSONCodec",
      "Telemetry", "Locking",
    ], path: "Tests/MCPFixtures", swiftSettings: strict),
  .executableTarget(
    name: "mcp-fixture-host",
    dependencies: ["MCPFixtures", "MCPServer", "JSONRPC", "ToolContracts", "Telemetry"],
    path: "Tests/MCPFixtureHost", swiftSettings: strict),
  .executableTarget(
    name: "fuzz-mcp",
    dependencies: ["MCPFixtures", "MCPServer", "Invocation", "JSONRPC", "JSONCodec", "ToolContracts"],
    path: "Tests/Fuzz/MCP", swiftSettings: strict),
]

let package = Package(
  name: "jackfield",
  products: pluginLibraries + knowledgeLibraries + providerLibraries + fixtureLibraries + [
    // What plugins outside of this package are linked with: `scripts/build` puts it into the folder `sdk`.
    .library(name: "JackfieldPluginSDK", type: .static, targets: ["JackfieldPluginSDK"])
  ],
  targets: systemLibraries + layers + adapters + pluginSDK + plugins + knowledgePlugins + providerPlugins
    + fixturePlugins
    + executables
    + testTargets + knowledgeTests + wireTests,
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx17
)

// `Benchmarks/json` asks for these; nobody else pays for building them.
if Context.environment["JACKFIELD_BENCHMARKS"] != nil {
  package.targets += [
    .target(name: "CountingAllocator", path: "Benchmarks/JSON/CountingAllocator"),
    .target(
      name: "SimdjsonPeer", path: "Benchmarks/JSON/Simdjson", cxxSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [.linkedLibrary("simdjson")]),
    .executableTarget(
      name: "json-benchmark", dependencies: ["JSONSchema", "JSONCodec", "CountingAllocator", "SimdjsonPeer"],
      path: "Benchmarks/JSON/Measure", swiftSettings: strict),
  ]
}

// `Tests/Fuzz/json`, `Tests/Fuzz/elf` and `Tests/Fuzz/wire` ask for these, with instrumented modules.
if Context.environment["JACKFIELD_FUZZ"] != nil {
  let instrumented: SwiftSetting = .unsafeFlags(["-sanitize=fuzzer,address"])
  let linkedInstrumented: LinkerSetting = .unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])
  for target in package.targets
  where ["JSONCodec", "JSONSchema", "PluginFiles", "WorkerWire"].contains(target.name) {
    target.swiftSettings?.append(instrumented)
  }
  package.targets += [
    .target(
      name: "SimdjsonPeer", path: "Benchmarks/JSON/Simdjson", cxxSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "Fuzzing", path: "Tests/Fuzz/Driver", swiftSettings: strict + [instrumented]),
    .executableTarget(
      name: "json-fuzz", dependencies: ["Fuzzing", "JSONSchema", "JSONCodec", "SimdjsonPeer"],
      path: "Tests/Fuzz/JSON", exclude: ["corpora", "json.dict"], swiftSettings: strict + [instrumented],
      linkerSettings: [linkedInstrumented]),
    .executableTarget(
      name: "elf-fuzz", dependencies: ["Fuzzing", "PluginFiles", "ToolContracts"],
      path: "Tests/Fuzz/ELF", exclude: ["elf.dict"], swiftSettings: strict + [instrumented],
      linkerSettings: [linkedInstrumented]),
    .executableTarget(
      name: "wire-fuzz", dependencies: ["Fuzzing", "WorkerWire", "ToolContracts"],
      path: "Tests/Fuzz/Wire", exclude: ["corpora", "wire.dict"], swiftSettings: strict + [instrumented],
      linkerSettings: [linkedInstrumented]),
  ]
}
