extension RunChart {
  private static let left: Double = 130
  private static let width: Double = 520
  private static let row: Double = 20
  private static let top: Double = 52

  /// One picture that needs nothing else: no script, no font, no address.
  var svg: String {
    let lines = rows.sorted { $0.time < $1.time }
    let height = RunChart.top + RunChart.row * Double(lines.count) + 16
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="1000" height="\(Int(height))" viewBox="0 0 1000 \(Int(height))" \
      font-family="sans-serif" font-size="12">
      <title>run \(run)</title>
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="12" y="20" font-size="14">\(textOfSVG(name)), \(textOfSVG(outcome)), \(milliseconds(length))</text>
      <text x="12" y="38" fill="#666666">\(textOfSVG(cost))</text>

      """
    for (index, line) in lines.enumerated() {
      text += line.draw(RunChart.top + RunChart.row * Double(index)) + "\n"
    }
    return text + "</svg>"
  }

  private typealias Row = (time: Int64, draw: (Double) -> String)

  private var rows: [Row] {
    (stages + bars).map { bar in (bar.begin, { drawn(bar, at: $0) }) }
      + marks.map { mark in (mark.time, { drawn(mark, at: $0) }) }
  }

  private func drawn(_ bar: Bar, at y: Double) -> String {
    let begin = place(bar.begin)
    let end = bar.end.map(place) ?? RunChart.left + RunChart.width
    let color =
      bar.status == "ok"
      ? (bar.isStage ? "#c9c9c9" : bar.isModelCall ? "#8ab4d8" : "#5f9e6e") : "#c05050"
    let label = bar.label(length: length)
    return """
      <text x="12" y="\(y + 14)">\(textOfSVG(String(bar.agent.prefix(18))))</text>\
      <rect x="\(short(begin))" y="\(y + 3)" width="\(short(max(2, end - begin)))" height="14" fill="\(color)">\
      <title>\(bar.isStage ? "" : "step \(bar.step): ")\(textOfSVG(label))</title></rect>\
      <text x="\(short(RunChart.left + RunChart.width + 10))" y="\(y + 14)">\(textOfSVG(label))</text>
      """
  }

  private func drawn(_ mark: Mark, at y: Double) -> String {
    """
    <text x="12" y="\(y + 14)">\(textOfSVG(String(mark.agent.prefix(18))))</text>\
    <circle cx="\(short(place(mark.time)))" cy="\(y + 10)" r="4" fill="#c08a2e"/>\
    <text x="\(short(RunChart.left + RunChart.width + 10))" y="\(y + 14)" fill="#8a6116">\(textOfSVG(mark.text))</text>
    """
  }

  private func place(_ time: Int64) -> Double {
    RunChart.left + Double(time) / Double(length) * RunChart.width
  }
}

/// A tenth of a unit is more than anybody sees.
private func short(_ number: Double) -> String {
  let tenths = Int((number * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
