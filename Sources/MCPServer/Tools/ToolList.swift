import JSONCodec

extension MCPServer {
  func listTools(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let page = try Page(of: catalog.tools, size: limits.pageSize, params: params, name: \.name)
    return answer.list { writer in
      writer.key("tools")
      writer.beginArray()
      for tool in page.items { tool.write(to: &writer, for: answer.revision) }
      writer.endArray()
      if let cursor = page.nextCursor { writer.field("nextCursor", cursor) }
    }
  }
}
