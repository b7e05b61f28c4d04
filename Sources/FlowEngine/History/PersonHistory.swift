import JSONCodec
import Storage
import ToolContracts

/// How far a run came that was handed over to a person.
package struct PersonHistory: Sendable, Equatable {
  package let step: UInt32
  package let reason: String
  package let agent: String
  /// Who has it; nil before somebody took it over.
  package private(set) var holder: String?
  package private(set) var returned: PersonReturn?

  init?(_ event: JournalEvent) {
    guard event.kind == .personRequested, let step = event.step,
      let data = try? JSONDocument(parsing: event.data).root
    else { return nil }
    self.step = step
    reason = data["reason"]?.string ?? ""
    agent = event.agent
  }

  mutating func note(_ event: JournalEvent) {
    guard let data = try? JSONDocument(parsing: event.data).root else { return }
    switch event.kind {
    case .personTookOver: holder = data["user"]?.string
    case .personReturned: returned = PersonReturn(text: data["text"]?.string)
    default: break
    }
  }
}
