import Manifests
import Testing

struct PromptsManifestTests {
  private let prompts = """
    apiVersion: jackfield/v1
    kind: Prompts
    prompts:
      review:
        title: Review
        icons: [{src: "https://example.com/a.png", mime_type: image/png, sizes: [48x48]}]
        arguments:
          topic: {required: true, values: [speed, safety]}
        messages:
          - {role: user, text: "Look at {{topic}}."}
          - {role: user, image: {file: dot.png, mime_type: image/png}}
          - {role: assistant, resource: {uri: "file:///a", text: "{{topic}}?"}}
    """

  private func folder(_ prompts: String? = nil, tenant: String = "prompts: [review]") -> ManifestFolder {
    smallConfiguration([
      "jackfield.yaml": smallHost + "\nprompts: [prompts.yaml]", "acme.yaml": smallTenant + "\n" + tenant,
      "prompts.yaml": prompts ?? self.prompts, "dot.png": "PNG",
    ])
  }

  @Test func promptsAreReadWithTheirPictures() throws {
    let configuration = try folder().load()
    let prompt = try #require(configuration.prompt("review"))
    #expect(configuration.tenants[0].prompts.map(\.name) == ["review"])
    #expect(prompt.title == "Review")
    #expect(prompt.icons.map(\.source) == ["https://example.com/a.png"])
    #expect(prompt.icons.map(\.sizes) == [["48x48"]])
    #expect(prompt.arguments.map(\.name) == ["topic"])
    #expect(prompt.arguments[0].isRequired && prompt.arguments[0].values == ["speed", "safety"])
    #expect(
      prompt.messages.map(\.content) == [
        .text("Look at {{topic}}."), .image(Array("PNG".utf8), mimeType: "image/png"),
        .resource(uri: "file:///a", mimeType: nil, text: "{{topic}}?"),
      ])
    #expect(prompt.messages.map(\.role) == [.user, .user, .assistant])
  }

  @Test(arguments: [
    ("{{topic}}.", "{{topik}}.", "prompts.yaml:10:22 unknown_variable /prompts/review/messages/0/text"),
    ("dot.png", "no.png", "prompts.yaml:11:30 file_missing /prompts/review/messages/1/image/file"),
    (
      "role: user, text", "role: system, text",
      "prompts.yaml:10:10 schema_violation /prompts/review/messages/0/role"
    ),
    ("https:", "http:", "prompts.yaml:6:14 schema_violation /prompts/review/icons/0/src"),
    ("title: Review", "titel: Review", "prompts.yaml:5:5 unknown_key /prompts/review/titel"),
  ])
  func whatIsWrongIsFoundAtItsPlace(old: String, new: String, expected: String) {
    #expect(folder(prompts.replacing(old, with: new)).faults() == [expected])
  }

  @Test func aTenantTurnsOnOnlyWhatThereIs() {
    #expect(
      folder(tenant: "prompts: [revue]").faults().map { $0.contains("unknown_prompt /prompts/0") } == [true])
    #expect(
      folder(tenant: "prompts: [review, review]").faults().map { $0.contains("duplicate_name") } == [true])
  }
}
