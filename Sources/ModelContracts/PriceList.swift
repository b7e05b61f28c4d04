/// What models cost, and since when.
package struct PriceList: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var provider: String
    /// A model's name, or what names begin with and `*`.
    package var model: String
    package var from: CivilDay
    package var rates: TokenRates

    package init(provider: String, model: String, from: CivilDay, rates: TokenRates) {
      self.provider = provider
      self.model = model
      self.from = from
      self.rates = rates
    }

    fileprivate func matches(_ name: String) -> Bool {
      model.last == "*" ? name.hasPrefix(model.dropLast()) : name == model
    }
  }

  /// No model has a price.
  package static let none = PriceList(currency: "", entries: [])

  /// ISO 4217; empty where there are no prices.
  package let currency: String
  /// By provider: those that a model is looked for in first come first.
  private let entries: [String: [Entry]]

  package init(currency: String, entries: [Entry]) {
    self.currency = currency
    self.entries = Dictionary(grouping: entries, by: \.provider).mapValues { $0.sorted(by: Self.isBefore) }
  }

  /// A name before a pattern, a longer pattern before a shorter one, and the newest price first.
  private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
    let (isName, isOtherName) = (left.model.last != "*", right.model.last != "*")
    if isName != isOtherName { return isName }
    if left.model != right.model {
      let (length, otherLength) = (left.model.utf8.count, right.model.utf8.count)
      return length == otherLength ? left.model < right.model : length > otherLength
    }
    return left.from > right.from
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// - Returns: nil where it is not known what the model costs on that day, which is not nothing.
  package func rates(of model: String, provider: String, on day: CivilDay) -> TokenRates? {
    entries[provider]?.first { $0.from <= day && $0.matches(model) }?.rates
  }
}
