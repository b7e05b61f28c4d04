extension RunChart {
  private static let columns: Int64 = 40

  /// A line for each call, with its bar where it was on the run's time; marks stand between them.
  func print(on console: Console) {
    console.result("run \(run)  \(printable(name))  \(outcome)  \(milliseconds(length))")
    console.result(cost)
    for line in lines(console).sorted(by: { $0.time < $1.time }) { console.result(line.text) }
  }

  private func lines(_ console: Console) -> [(time: Int64, text: String)] {
    let width = (agents.map { printable($0).count }.max() ?? 0) + 2
    func head(_ agent: String) -> String { padded(printable(agent.isEmpty ? "·" : agent), width) }
    let calls = (stages + bars).map { bar in
      (bar.begin, "  \(head(bar.agent))\(drawn(bar, console))  \(bar.label(length: length))")
    }
    let others = marks.map { mark in
      let column = Int(place(mark.time))
      let line = String(repeating: " ", count: column) + "│"
      return (
        mark.time,
        "  \(head(mark.agent))\(padded(line, Int(RunChart.columns)))  \(console.styled(printable(mark.text), .yellow))"
      )
    }
    return calls + others
  }

  private func drawn(_ bar: Bar, _ console: Console) -> String {
    let begin = place(bar.begin)
    let end = max(begin + 1, bar.end.map(place) ?? RunChart.columns)
    let block = String(
      repeating: bar.isStage ? "─" : bar.isModelCall ? "░" : "█", count: Int(end - begin))
    let color: Console.Style =
      bar.status == "ok" ? (bar.isStage ? .dim : bar.isModelCall ? .cyan : .green) : .red
    return String(repeating: " ", count: Int(begin)) + console.styled(block, color)
      + String(repeating: " ", count: Int(max(0, RunChart.columns - end)))
  }

  private func place(_ time: Int64) -> Int64 {
    min(RunChart.columns - 1, Int64(Double(time) / Double(length) * Double(RunChart.columns)))
  }
}
