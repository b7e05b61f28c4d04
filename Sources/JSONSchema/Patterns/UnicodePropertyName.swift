/// ECMA-262 spells out what PCRE2 abbreviates.
enum UnicodePropertyName {
  /// - Returns: `nil` for a name that ECMA-262 does not allow; PCRE2 refuses what neither knows.
  static func inPCRE(_ name: String) -> String? {
    let parts = name.split(separator: "=", omittingEmptySubsequences: false)
    switch parts.count {
    case 1:
      if let short = categories[name] { return short }
      // ECMA-262 is exact about case and PCRE2 is not: a lower-case name is always a mistake.
      guard let first = name.unicodeScalars.first, ("A"..."Z").contains(first) else { return nil }
      return name
    case 2:
      switch parts[0] {
      case "General_Category", "gc":
        return categories[String(parts[1])] ?? (parts[1].count <= 2 ? String(parts[1]) : nil)
      case "Script", "sc": return "sc:\(parts[1])"
      case "Script_Extensions", "scx": return "scx:\(parts[1])"
      default: return nil
      }
    default: return nil
    }
  }

  private static let categories: [String: String] = [
    "Any": "Any", "Letter": "L", "Cased_Letter": "L&", "LC": "L&", "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M",
    "Combining_Mark": "M",
    "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P",
    "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps",
    "Close_Punctuation": "Pe",
    "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
    "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So",
    "Separator": "Z",
    "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp", "Other": "C",
    "Control": "Cc",
    "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs", "Private_Use": "Co", "Unassigned": "Cn",
  ]
}
