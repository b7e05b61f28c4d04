/// Text from plugins, models and users, as text of an SVG.
func textOfSVG(_ text: String) -> String {
  var escaped = ""
  for character in printable(text).unicodeScalars {
    switch character {
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "&": escaped += "&amp;"
    case "\"": escaped += "&quot;"
    case "\t": escaped += " "
    // No XML may hold these.
    case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
    default: escaped.unicodeScalars.append(character)
    }
  }
  return escaped
}
