import Locking
import Telemetry
import ToolContracts

// What the thread that looks after a server does.
extension ExternalServer {
  /// Between two looks at a list that keeps changing.
  private static let listingInterval: Int64 = 1_000_000_000

  func lookAfter() {
    var backoff = RestartBackoff()
    var isKnownLegacy = false
    while !isStopping {
      let uptime = live(isKnownLegacy: &isKnownLegacy)
      pause(backoff.delay(afterUptime: uptime))
    }
    enter(.over)
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func pause(_ nanoseconds: Int64) {
    _ = state.wait(nanoseconds: nanoseconds) { $0.isStopping ? () : nil }
  }

  /// One life of the server, from start to end.
  ///
  /// - Returns: nanoseconds for which it could be used.
  private func live(isKnownLegacy: inout Bool) -> Int64 {
    var usableSince: MonotonicTime?
    do throws(ServerFailure) {
      let life = try connect(isKnownLegacy: &isKnownLegacy)
      defer { end(life) }
      publish(try life.session.listTools(withinNanoseconds: settings.startNanoseconds), of: life.session)
      life.session.listen()
      usableSince = time.now()
      try serve(life)
    } catch {
      enter(.down(error))
      if !isStopping { log.warning("an mcp server is down", ["reason": "\(error.message)"]) }
    }
    return usableSince.map { $0.nanoseconds(until: time.now()) } ?? 0
  }

  private func publish(_ tools: [OfferedTool], of session: ServerSession) {
    var digests: [String: String] = [:]
    // Of two tools with one name neither is the one that was approved.
    for tool in tools { digests[tool.name] = digests[tool.name] == nil ? tool.digest ?? "" : "" }
    let (before, isFirst) = state.withLock { state in
      defer { state.digests = digests }
      state.tools = tools
      state.listing += 1
      if !state.isLost, !state.isStopping { state.phase = .up(session) }
      return (state.digests, state.listing == 1)
    }
    phaseHasChanged()
    // Until now it was known by what was approved, which may be something else.
    if isFirst || before != digests { toolsChanged() }
    let changed = before.keys.filter { digests[$0] != before[$0] }.sorted()
    if !changed.isEmpty {
      log.warning(
        "tools of an mcp server are not what they were; what was not approved is refused",
        ["changed": "\(changed.joined(separator: " "))"])
    }
  }

  private enum Event {
    case stop
    case lost
    case otherTools
  }

  /// Returns when it is to stop.
  private func serve(_ life: ServerLife) throws(ServerFailure) {
    var lastListing = time.now()
    while true {
      switch nextEvent() {
      case .stop: return
      case .lost: throw ServerFailure("it ended")
      case .otherTools:
        // However many changes it announces, its list is read once an interval.
        let due = time.now().nanoseconds(until: lastListing.advanced(by: Self.listingInterval))
        if due > 0 {
          _ = state.wait(nanoseconds: due) { $0.isStopping || $0.isLost ? () : nil }
        }
        state.withLock { $0.hasOtherTools = false }
        lastListing = time.now()
        publish(try life.session.listTools(withinNanoseconds: settings.startNanoseconds), of: life.session)
      }
    }
  }

  private func nextEvent() -> Event {
    state.wait { state in
      if state.isStopping { return .stop }
      if state.isLost { return .lost }
      return state.hasOtherTools ? .otherTools : nil
    }
  }

  // MARK: Starting and ending a process

  private func connect(isKnownLegacy: inout Bool) throws(ServerFailure) -> ServerLife {
    guard !isKnownLegacy else { return try connectToLegacy() }
    let life = try launch()
    switch life.session.discover(withinNanoseconds: settings.probeNanoseconds) {
    case .modern: return life
    case .lost: break
    case .other:
      if initialize(life) {
        isKnownLegacy = true
        return life
      }
    case .silent(let question):
      if initialize(life) {
        isKnownLegacy = true
        return life
      }
      // It was only slow to start, and took its first line for what it is.
      if life.session.agreesLate(question) { return life }
    }
    // There are servers that a question before `initialize` ends or confuses.
    end(life)
    guard !isStopping else { throw ServerFailure("it is being stopped") }
    let second = try connectToLegacy()
    isKnownLegacy = true
    return second
  }

  private func initialize(_ life: ServerLife) -> Bool {
    do throws(ServerFailure) {
      try life.session.initialize(withinNanoseconds: settings.startNanoseconds)
      return true
    } catch {
      log.debug("an mcp server did not agree", ["reason": "\(error.message)"])
      return false
    }
  }

  private func connectToLegacy() throws(ServerFailure) -> ServerLife {
    let life = try launch()
    do throws(ServerFailure) {
      try life.session.initialize(withinNanoseconds: settings.startNanoseconds)
      return life
    } catch {
      let endedAlone = life.session.isOver
      let status = end(life)
      throw ServerFailure(error.message + (endedAlone ? status.map { " (exit status \($0))" } ?? "" : ""))
    }
  }

  private func launch() throws(ServerFailure) -> ServerLife {
    log.info("starting an mcp server", ["program": "\(settings.program)"])
    let life = state.withLock { state in
      state.life += 1
      state.isLost = false
      state.hasOtherTools = false
      return state.life
    }
    let started = try ServerLife(
      settings, time: time, counts: counts, log: log,
      listChanged: { [self] in note(in: life) { $0.hasOtherTools = true } },
      lost: { [self] in note(in: life) { $0.isLost = true } })
    let isTooLate = state.withLock { state in
      state.session = started.session
      return state.isStopping
    }
    if isTooLate { started.session.end() }
    return started
  }

  /// What a thread of an earlier life still has to say is not about this one.
  private func note(in life: Int, _ change: (inout State) -> Void) {
    state.withLock { state in if state.life == life { change(&state) } }
    state.broadcast()
  }

  @discardableResult
  private func end(_ life: ServerLife) -> Int32? {
    state.withLock { state in
      state.session = nil
      if case .up = state.phase { state.phase = .down(ServerFailure("it ended")) }
    }
    let status = life.end()
    if status == nil { log.warning("an mcp server does not end; its guard goes on trying") }
    return status
  }
}
