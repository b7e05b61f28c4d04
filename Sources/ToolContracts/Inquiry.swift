package import JSONCodec

/// Something that a running call wants to know of whoever it runs for.
package enum Inquiry: Sendable, Equatable {
  /// A form for a person. The schema is of an object whose members are strings, numbers, booleans or choices.
  case form(message: String, schema: JSONValue)
  /// A person is to go to an address, and to say whether that is done. For what must not pass through here: a password.
  case url(message: String, url: String)
  /// The asker's own model is to go on with messages; the parameters of MCP's `sampling/createMessage`.
  case sampling(parameters: JSONValue)
  /// Which folders the asker works in.
  case roots
}

package enum InquiryAnswer: Sendable, Equatable {
  /// A person filled in the form, went to the address, or the asker's side answered by itself. An object; for a form it
  /// has passed the schema.
  case accepted(JSONValue)
  /// A person said no.
  case declined
  /// Nobody decided: the question was put away, the asker left, or could not be asked.
  case dismissed
}

/// Whoever can be asked while a call runs: the person at a terminal, or behind an MCP client.
package protocol InquiryPort: Sendable {
  /// Puts all the questions at once. From any thread; must not block.
  ///
  /// - Parameters:
  ///   - over: cancelled when nobody wants to know any more: what is still open is taken back from whoever has it.
  ///   - reply: called at most once, from any thread, with one answer a question; need not be called once `over` is
  ///     cancelled.
  /// - Returns: `.ok`; `.unsupported` where one of them cannot be put to this asker, and `reply` is never called.
  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus
}
