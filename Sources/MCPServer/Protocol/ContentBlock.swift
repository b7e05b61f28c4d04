import JSONCodec

/// A piece of content: what a tool sends beside its result, or what a prompt says. Passed on as it was written.
package struct ContentBlock: Sendable {
  private enum Kind: String {
    case text, image, audio, resource
    case resourceLink = "resource_link"
  }
  private let kind: Kind
  let json: [UInt8]

  /// - Returns: nil for what is no content block of any revision.
  package init?(_ json: [UInt8]) {
    // A plugin's mistake: whoever calls counts it.
    guard let document = try? JSONDocument(parsing: json, limits: .strict) else { return nil }
    let root = document.root
    guard let kind = root["type"]?.string.flatMap(Kind.init), Self.isComplete(root, kind) else { return nil }
    self.kind = kind
    self.json = json
  }

  init(text: String) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("type", "text")
    writer.field("text", text)
    writer.endObject()
    kind = .text
    json = writer.bytes
  }

  private static func isComplete(_ block: JSONView, _ kind: Kind) -> Bool {
    func hasText(_ keys: String..., in view: JSONView? = nil) -> Bool {
      keys.allSatisfy { (view ?? block)[$0]?.string != nil }
    }
    switch kind {
    case .text: return hasText("text")
    case .image, .audio: return hasText("data", "mimeType")
    case .resourceLink: return hasText("uri", "name")
    case .resource:
      guard let resource = block["resource"], hasText("uri", in: resource) else { return false }
      return hasText("text", in: resource) || hasText("blob", in: resource)
    }
  }

  func isPart(of revision: Revision) -> Bool {
    switch kind {
    case .text, .image, .resource: true
    case .audio: revision.hasAudio
    case .resourceLink: revision.hasResourceLinks
    }
  }
}
