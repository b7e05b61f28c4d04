import JSONCodec
import ModelContracts
import Storage
import ToolContracts

// For programs: docs/journal.md has the members.
extension RunChart {
  var json: JSONValue {
    var object: JSONObject = [
      "run_id": .string(run.description), "name": .string(name), "status": .string(outcome),
      "started": .string(timestamp(started)), "duration_us": .int(Int(length / 1000)),
      "bytes": .int(sizes.values.reduce(0, +)), "input_tokens": .int(Int(tokens.input)),
      "output_tokens": .int(Int(tokens.output)),
      "cost": .object(
        JSONObject(uniqueKeysWithValues: costs.map { ($0.currency, .string($0.amount.description)) })),
      "calls_of_unknown_cost": .int(unpriced),
    ]
    object["steps"] = .array(sizes.keys.compactMap(\.self).sorted().map(step))
    if !stages.isEmpty {
      object["stages"] = .array(
        stages.map { stage in
          var object: JSONObject = ["stage": .string(stage.agent)]
          stage.addTime(to: &object)
          return .object(object)
        })
    }
    object["marks"] = .array(
      marks.map { mark in
        ["agent": .string(mark.agent), "text": .string(mark.text), "at_us": .int(Int(mark.time / 1000))]
      })
    return .object(object)
  }

  /// A call of a model or tool with each of its attempts, or something else that has a number and was no call.
  private func step(_ number: UInt32) -> JSONValue {
    let attempts = bars.filter { $0.step == number }
    var object: JSONObject = ["step": .int(Int(number)), "bytes": .int(sizes[number] ?? 0)]
    if let first = attempts.first {
      object["kind"] = first.isModelCall ? "model" : "tool"
      object["agent"] = .string(first.agent)
      object["tool"] = .string(first.tool)
    }
    object["attempts"] = .array(
      attempts.map { attempt in
        var object = JSONObject()
        attempt.addTime(to: &object)
        attempt.addPrice(to: &object)
        return .object(object)
      })
    return .object(object)
  }
}

extension RunChart.Bar {
  /// An end that nobody saw is missing.
  fileprivate func addTime(to object: inout JSONObject) {
    object["begin_us"] = .int(Int(begin / 1000))
    object["duration_us"] = end.map { .int(Int(($0 - begin) / 1000)) }
    object["status"] = .string(status)
  }

  fileprivate func addPrice(to object: inout JSONObject) {
    object["input_tokens"] = tokens.map { .int(Int($0.input)) }
    object["output_tokens"] = tokens.map { .int(Int($0.output)) }
    object["cost"] = cost.map { .string($0.amount.description) }
    object["currency"] = cost.map { .string($0.currency) }
  }
}
