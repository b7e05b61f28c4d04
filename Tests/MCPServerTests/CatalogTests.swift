import FlowEngine
import Invocation
import JSONCodec
import Locking
import MCPFixtures
import MCPServer
import Manifests
import TestSupport
import Testing
import ToolContracts

/// What is offered changes each time that somebody looks.
private final class Restless: ServerCatalogSource {
  private let all: [ServerCatalog]
  private let looks = Lock(0)

  init(_ all: [ServerCatalog]) { self.all = all }

  func catalog(for tenant: TenantID) -> ServerCatalog {
    looks.withLock { looks in
      defer { looks += 1 }
      return all[looks % all.count]
    }
  }
}

/// A plugin, a flow and a prompt that go together.
private func catalog(_ id: String) -> ServerCatalog {
  let tool = FixtureTool("which", "Says it.") { $0.answer(["id": .string(id)]) }
  let host = FixtureHost([FixturePlugin(id, [tool])])
  defer { host.lanes.shutDown() }
  let flow = FlowDefinition(name: id, description: "", startAgent: "a", agents: [:], limits: FlowLimits())
  let prompt = Prompt(name: "prompt", arguments: [Prompt.Argument(name: id, isRequired: true)])
  return host.catalog(
    flows: [flow],
    prompts: PromptTemplates([
      PromptTemplates.Template(prompt, messages: [(role: .user, content: .text("\(id) {{\(id)}}"))])
    ]))
}

@Suite(.timeLimit(.minutes(1)), .leavesNothingBehind)
struct CatalogTests {
  @Test func aListShowsToolsAndFlowsOfOneMoment() async throws {
    let host = FixtureHost([], catalog: Restless([catalog("one"), catalog("two")]))
    try await serving(host) { wire in
      wire.initialize()
      for number in 0..<4 {
        wire.request("\(number)", "tools/list")
        let names = wire.receive()["result"]?["tools"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == (number % 2 == 0 ? ["flow.one", "one.which"] : ["flow.two", "two.which"]))
      }
    }
  }

  @Test func aPromptIsAnsweredFromWhereItWasFound() async throws {
    let host = FixtureHost([], catalog: Restless([catalog("one"), catalog("two")]))
    try await serving(host) { wire in
      wire.initialize()
      wire.request("1", "prompts/get", #"{"name":"prompt","arguments":{"one":"1"}}"#)
      #expect(wire.receive()["result"]?["messages"]?[0]?["content"]?["text"] == "one 1")
      wire.request("2", "prompts/get", #"{"name":"prompt","arguments":{"two":"2"}}"#)
      #expect(wire.receive()["result"]?["messages"]?[0]?["content"]?["text"] == "two 2")
    }
  }

  @Test func aCallIsOfTheRegistryThatItsToolWasFoundIn() async throws {
    let fixture = FixtureTool("which", "Says it.") { $0.answer(["id": "there"]) }
    let here = FixtureHost([FixturePlugin("two", [fixture])])
    let offered = here.catalog()
    // Its own pipeline has other tools meanwhile.
    let host = FixtureHost([], catalog: Restless([offered, catalog("one")]))
    try await serving(host) { wire in
      wire.initialize()
      wire.call("1", "two.which")
      let answer = wire.receive()
      #expect(answer["error"] == nil)
      #expect(answer.errorCode == nil)
    }
    here.lanes.shutDown()
  }
}
