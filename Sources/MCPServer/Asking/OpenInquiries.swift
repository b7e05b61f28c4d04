import JSONCodec
import ToolContracts

/// The questions of one call that its client has not answered. Each has a key on the wire that is never used again.
struct OpenInquiries {
  private struct Entry {
    let asked: [Inquiry]
    var answers: [InquiryAnswer?]
    let reply: @Sendable ([InquiryAnswer]) -> Void
  }
  private var next = 1
  private var open: [Int: Entry] = [:]

  var isEmpty: Bool { open.isEmpty }

  /// - Returns: names them.
  mutating func add(
    _ inquiries: [Inquiry], reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> Int {
    defer { next += 1 }
    open[next] = Entry(asked: inquiries, answers: Array(repeating: nil, count: inquiries.count), reply: reply)
    return next
  }

  mutating func remove(_ number: Int) { open[number] = nil }

  mutating func removeAll() { open = [:] }

  /// Takes what a client answered. What it was not asked, or has answered before, is passed over; what does not fit its
  /// form stays open.
  ///
  /// - Returns: what to tell whoever has all of its answers now.
  mutating func take(_ responses: JSONView?) throws(ProtocolError) -> [@Sendable () -> Void] {
    var read: [(Int, Int, InquiryAnswer)] = []
    for (number, entry) in open {
      for (place, inquiry) in entry.asked.enumerated() where entry.answers[place] == nil {
        guard let response = responses?[Self.key(number, place)] else { continue }
        switch inquiry.answer(response) {
        case .answer(let answer): read.append((number, place, answer))
        case .unfit: break
        case .malformed(let reason):
          throw .invalidParams("inputResponses.\(Self.key(number, place)): \(reason)")
        }
      }
    }
    for (number, place, answer) in read { open[number]?.answers[place] = answer }
    var complete: [@Sendable () -> Void] = []
    for (number, entry) in open {
      let answers = entry.answers.compactMap(\.self)
      guard answers.count == entry.asked.count else { continue }
      open[number] = nil
      complete.append { entry.reply(answers) }
    }
    return complete
  }

  /// Writes members: each a question under its key.
  func write(to writer: inout JSONWriter, for revision: Revision) {
    for (number, entry) in open.sorted(by: { $0.key < $1.key }) {
      for (place, inquiry) in entry.asked.enumerated() where entry.answers[place] == nil {
        writer.inputRequest(Self.key(number, place), inquiry, for: revision)
      }
    }
  }

  private static func key(_ number: Int, _ place: Int) -> String { "q\(number)-\(place + 1)" }
}
