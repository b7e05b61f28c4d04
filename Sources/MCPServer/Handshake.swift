import JSONCodec

/// What client and server say of themselves before a session of the older revisions.
struct Handshake {
  let revision: Revision

  init(_ params: JSONView?) throws(ProtocolError) {
    guard let requested = params?["protocolVersion"]?.string else {
      throw .invalidParams("protocolVersion must be a string")
    }
    guard params?["capabilities"]?.kind == .object else {
      throw .invalidParams("capabilities must be an object")
    }
    guard let client = params?["clientInfo"], client["name"]?.string != nil, client["version"]?.string != nil
    else {
      throw .invalidParams("clientInfo must be an object with name and version")
    }
    let known = Revision(rawValue: requested).flatMap { $0.isStateless ? nil : $0 }
    revision = known ?? .newestWithHandshake
  }
}

/// What this server can do, as its clients are told.
enum ServerCapabilities {
  static func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("tools")
    writer.beginObject()
    writer.endObject()
    writer.endObject()
  }
}

extension Answer {
  func handshake(_ handshake: Handshake) -> [UInt8] {
    result { writer in
      writer.field("protocolVersion", handshake.revision.rawValue)
      writer.key("capabilities")
      ServerCapabilities.write(to: &writer)
      writer.key("serverInfo")
      server.write(to: &writer, for: handshake.revision)
      if let instructions = server.instructions { writer.field("instructions", instructions) }
    }
  }

  func discovery() -> [UInt8] {
    list { writer in
      writer.field("supportedVersions", ProtocolError.supportedVersions)
      writer.key("capabilities")
      ServerCapabilities.write(to: &writer)
      if let instructions = server.instructions { writer.field("instructions", instructions) }
    }
  }
}
