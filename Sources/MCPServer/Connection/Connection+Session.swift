import JSONCodec
import JSONRPC
import Locking
import ToolContracts

// What changes the state of a connection.
extension Connection {
  private static let maxSubscriptions = 1000

  func initialize(_ params: JSONView?, _ answer: Answer) throws(ProtocolError) -> [UInt8] {
    let agreed = try Handshake(params)
    session.withLock { $0 = Session(revision: agreed.revision, capabilities: agreed.capabilities) }
    return answer.handshake(agreed, server.offer)
  }

  func setLevel(_ params: JSONView?) throws(ProtocolError) {
    let level = try MessageLevel(params?["level"])
    session.withLock { $0?.threshold = level }
  }

  func subscribe(_ uri: String) throws(ProtocolError) {
    let isRoom = session.withLock { session in
      guard (session?.subscriptions.count ?? 0) < Self.maxSubscriptions else { return false }
      session?.subscriptions.insert(uri)
      return true
    }
    if !isRoom {
      throw ProtocolError(.invalidRequest, "at most \(Self.maxSubscriptions) resources can be watched")
    }
  }

  func listen(_ params: JSONView?, _ answer: Answer, _ meta: RequestMeta) throws(ProtocolError) {
    if params?["notifications"]?["taskIds"] != nil, !meta.capabilities.tasks { throw TaskExtension.missing }
    let filter = try ChangeFilter(params?["notifications"], offer: server.offer)
    guard streams.open(answer, filter) else {
      throw ProtocolError(.invalidRequest, "too many subscriptions are open on this connection")
    }
    let cancellation = Cancellation()
    open.open(answer.id, cancellation)
    _ = cancellation.addHandler { [streams] in streams.close(answer.id) }
  }
}
