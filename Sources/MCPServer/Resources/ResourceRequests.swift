import JSONCodec
import JSONRPC
import Telemetry
import ToolContracts

extension MCPServer {
  func listResources(_ params: JSONView?, _ answer: Answer) async throws(ProtocolError) -> [UInt8] {
    let all = try await asking { () async throws(InvocationFailure) in
      try await resources.resources(for: principal)
    }
    let page = try Page(of: all, size: limits.pageSize, params: params, name: \.uri)
    return answer.list { writer in
      writer.key("resources")
      writer.beginArray()
      for resource in page.items { resource.write(to: &writer, for: answer.revision) }
      writer.endArray()
      if let cursor = page.nextCursor { writer.field("nextCursor", cursor) }
    }
  }

  func listResourceTemplates(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let page = try Page(of: resources.templates, size: limits.pageSize, params: params, name: \.uri)
    return answer.list { writer in
      writer.key("resourceTemplates")
      writer.beginArray()
      for template in page.items { template.write(to: &writer, for: answer.revision, uriAs: "uriTemplate") }
      writer.endArray()
      if let cursor = page.nextCursor { writer.field("nextCursor", cursor) }
    }
  }

  func readResource(_ uri: String, _ answer: Answer) async throws(ProtocolError) -> [UInt8] {
    let contents = try await asking { () async throws(InvocationFailure) in
      try await resources.read(uri, for: principal)
    }
    guard let contents else {
      throw ProtocolError(
        answer.revision.isStateless ? .invalidParams : .resourceNotFound, "there is no such resource",
        data: ["uri": .string(uri)])
    }
    return answer.list { writer in
      writer.key("contents")
      writer.beginArray()
      contents.write(to: &writer)
      writer.endArray()
    }
  }

  /// What goes wrong inside is the operator's business; the client learns that it did.
  func asking<Result>(
    _ body: () async throws(InvocationFailure) -> Result
  ) async throws(ProtocolError) -> Result {
    do {
      return try await body()
    } catch {
      log.error("a resource could not be read", ["reason": .string(error.detail ?? error.message)])
      throw ProtocolError(.internalError, error.message)
    }
  }
}
