package import JackfieldPluginSDK

/// Finds the passages that answer a question best.
package struct Search: Tool {
  package static let name = "search"
  package static let title: String? = "Search the documentation"
  package static let description = """
    Searches the documentation and returns the best passages, each with its file and line, so that an answer can quote \
    its source. Ask with a few telling words; several in a row are a phrase only where a hyphen or dot joins them. Mode \
    "any" says that too few passages have all the words: some of the results have only some of them.
    """
  package static let effect = Effect.none
  package static let limits = LimitHints(
    timeoutMilliseconds: 10_000, maxResultBytes: 64 << 10, concurrency: 4)
  package static let inputSchema = Schema.json(
    """
    {"type":"object","properties":{\
    "query":{"type":"string","minLength":1,"maxLength":1000,"description":"What to look for, in words."},\
    "limit":{"type":"integer","minimum":1,"maximum":20,"default":5,"description":"Passages to return at most."}},\
    "required":["query"],"additionalProperties":false}
    """)

  package struct Input: Codable, Sendable {
    package var query: String
    package var limit: Int?
  }

  package struct Output: Codable, Sendable, DescribedProperties {
    package var results: [SearchIndex.Hit]
    package var mode: SearchIndex.Mode
    package static let propertyDescriptions = [
      "results": "The best passage first. Text in \"snippet\" is the file's own, from line \"line\" on.",
      "mode": "Whether every result has all the words, or some have only some.",
    ]
  }

  let library: Library

  package func call(_ input: Input, context: CallContext) throws -> Output {
    let (hits, mode) = try context.readingFolder {
      try library.search(input.query, limit: min(20, max(1, input.limit ?? 5))) {
        try context.checkCancellation()
      }
    }
    return Output(results: hits, mode: mode)
  }
}

extension CallContext {
  /// Tells a failure of the folder to the operator as it is, and to the model without particulars.
  func readingFolder<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as Folder.Failure {
      log(.error, failure.message)
      throw ToolError("the documentation cannot be read at the moment")
    }
  }
}
