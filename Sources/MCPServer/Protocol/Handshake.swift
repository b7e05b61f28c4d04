import JSONCodec

/// What a client of the older revisions says of itself before a session, and what is agreed on.
struct Handshake {
  let revision: Revision
  let capabilities: ClientCapabilities

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
    capabilities = ClientCapabilities(params?["capabilities"])
    let known = Revision(rawValue: requested).flatMap { $0.isStateless ? nil : $0 }
    revision = known ?? .newestWithHandshake
  }
}

/// What the server keeps of a client between the requests of the older revisions.
struct Session: Sendable {
  let revision: Revision
  let capabilities: ClientCapabilities
  /// The client has said that it is ready to be told things.
  var isReady = false
  /// Nil until the client asks for messages.
  var threshold: MessageLevel?
  /// URIs of resources whose changes the client wants to hear of.
  var subscriptions: Set<String> = []
}

extension Answer {
  func handshake(_ handshake: Handshake, _ offer: Offer) -> [UInt8] {
    result { writer in
      writer.field("protocolVersion", handshake.revision.rawValue)
      writer.key("capabilities")
      offer.writeCapabilities(to: &writer, for: handshake.revision)
      writer.key("serverInfo")
      server.write(to: &writer, for: handshake.revision)
      if let instructions = server.instructions { writer.field("instructions", instructions) }
    }
  }

  func discovery(_ offer: Offer) -> [UInt8] {
    list { writer in
      writer.field("supportedVersions", ProtocolError.supportedVersions)
      writer.key("capabilities")
      offer.writeCapabilities(to: &writer, for: revision)
      if let instructions = server.instructions { writer.field("instructions", instructions) }
    }
  }
}
