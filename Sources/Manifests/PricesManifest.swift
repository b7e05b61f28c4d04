import JSONCodec
package import ModelContracts

/// What models cost: the file that a host's manifest names under `prices`.
package struct PricesManifest: Sendable {
  package let file: String
  package let prices: PriceList

  /// - Parameter file: passed the schema of its kind.
  init(_ file: ManifestFile) throws(ManifestError) {
    self.file = file.path
    let root = ManifestCursor(file)
    var first: [String: SourceLocation] = [:]
    let entries = try root.required("models").elements().map { value throws(ManifestError) in
      let entry = try PriceList.Entry(value)
      let name = "\(entry.provider) \(entry.model) \(entry.from)"
      if let other = first[name] {
        throw ManifestError(
          .duplicateName, at: value.location,
          "there is already a price of '\(entry.model)' from \(entry.from): \(other.file):\(other.line)")
      }
      first[name] = value.location
      return entry
    }
    prices = PriceList(currency: try root.required("currency").text(), entries: entries)
  }
}

extension PriceList.Entry {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    let from = try value.required("from")
    guard let day = CivilDay(try from.text()) else { throw from.mismatch("a day, such as 2026-01-31") }
    func rate(_ key: String) throws(ManifestError) -> Money? {
      try value.optional(key).map { rate throws(ManifestError) in try rate.money(digits: 6) }
    }
    self.init(
      provider: try value.required("provider").text(), model: try value.required("model").text(), from: day,
      rates: TokenRates(
        input: try value.required("input").money(digits: 6),
        output: try value.required("output").money(digits: 6), cachedInput: try rate("cached_input"),
        cacheWrite: try rate("cache_write"), reasoning: try rate("reasoning")))
  }
}

extension ManifestCursor {
  /// A number or a string, read digit by digit: `0.075`.
  ///
  /// - Parameter digits: so many behind the point at most.
  func money(digits: Int) throws(ManifestError) -> Money {
    let text: String? =
      switch node.content {
      case .number(let number): number.text
      case .string(let text): text
      default: nil
      }
    let fraction = text?.split(separator: ".", maxSplits: 1).dropFirst().first ?? ""
    guard let text, fraction.utf8.count <= digits, let money = Money(text) else {
      throw mismatch("an amount such as 0.075, with at most \(digits) digits behind the point")
    }
    return money
  }
}
