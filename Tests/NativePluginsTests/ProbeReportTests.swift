import TestSupport
import Testing
import ToolContracts

import PluginFiles
import PluginFixtures

@testable import NativePlugins

/// The probe's words come out of a process in which a plugin ran.
@Suite(.leavesNothingBehind) struct ProbeReportTests {
  private static let head = "jackfield-probe 1 abi 65537\nstage load\nstage entry\nstage table\n"
  private static let table =
    head
    + "id calc\nversion 1.0.0\nfunction 1 2 0 evaluate\nfunction 1 0 3 run\ndescriptor 9\n{\"abi\":1}\nend\n"

  private func parse(_ text: String) -> ProbeReport? { ProbeReport(parsing: Array(text.utf8)) }

  @Test func aTableIsReadWhole() throws {
    guard case .table(let table)? = parse(Self.table)?.verdict else {
      Issue.record("no table")
      return
    }
    #expect(
      table
        == PluginTable(
          id: "calc", version: "1.0.0",
          functions: [
            .init(name: "evaluate", kind: 1, effect: 2, flags: 0),
            .init(name: "run", kind: 1, effect: 0, flags: 3),
          ], descriptor: Array(#"{"abi":1}"#.utf8)))
  }

  @Test func anUnfinishedReportSaysHowFarItCame() throws {
    #expect(parse("")?.stage == .start)
    #expect(parse("jackfield-probe 1 abi 65537\nstage load\n")?.stage == .load)
    #expect(parse(Self.head)?.stage == .table)
  }

  @Test func aRefusalKeepsItsSentence() throws {
    guard
      case .refused(let code, let reason)? = parse(Self.head + "refused load_failed no such symbol\n")?
        .verdict
    else {
      Issue.record("no refusal")
      return
    }
    #expect(code == .loadFailed && reason == "no such symbol")
  }

  @Test(arguments: [
    "jackfield-probe 2 abi 65537\n", "jackfield-probe 1 abi 65538\n", "hello\n",
    "jackfield-probe 1 abi 65537\nstage",
    head + "hello\n", head + "stage dance\n", head + "refused denied no\n", head + "refused load_failed\n",
    head + "refused load_failed a\nmore\n", table + "\n", table + "stage load\n", String(table.dropLast()),
    table.replacing("descriptor 9", with: "descriptor 8"),
    table.replacing("descriptor 9", with: "descriptor -1"),
    table.replacing("descriptor 9", with: "descriptor 9223372036854775807"),
    table.replacing("function 1 2 0", with: "function 1 2"), table.replacing("stage table\n", with: ""),
    table.replacing("function 1 2 0", with: "function 1 2 -1"),
  ]) func anythingElseIsNoReport(text: String) {
    #expect(parse(text) == nil)
  }

  @Test func noPrefixOfATableIsTakenForOne() {
    let bytes = Array(Self.table.utf8)
    for count in 0..<bytes.count {
      if case .table? = ProbeReport(parsing: Array(bytes[..<count]))?.verdict { Issue.record("at \(count)") }
    }
  }
}
