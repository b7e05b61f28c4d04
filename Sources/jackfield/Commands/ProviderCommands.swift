import Invocation
import JSONCodec
import Manifests
import ModelContracts
import Storage
import ToolContracts

extension CommandSpec {
  private static let name = ArgumentSpec(name: "NAME", help: "a provider, as `provider list` prints it")

  static let providerList = CommandSpec(
    path: ["provider", "list"], options: [.tenant, .output(["text", "json"])],
    summary: "list the tenant's providers of models",
    discussion: """
      For each: its functions, where it sends its requests, the models that the tenant's flows ask of it, and whether its secrets are
      present, missing or exposed to others, never what they are. Nothing is run. Whether a model is left alone because it has been failing is known to each running host alone.
      """,
    examples: ["jackfield provider list", "jackfield provider list --tenant globex -o json"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      let sheet = ProviderSheet(tenant, configuration)
      if context.wantsJSON {
        context.console.result(sheet.json.serialized())
      } else {
        sheet.print(on: context.console)
      }
      return .ok
    })

  static let providerModels = CommandSpec(
    path: ["provider", "models"], arguments: [name], options: [.tenant, .user, .output(["text", "json"])],
    summary: "list the models that a provider has",
    discussion:
      "Asks the provider itself, by its function of kind `models`; with the tenant's limits, recorded like any call.",
    examples: ["jackfield provider models openai", "jackfield provider models rules -o json"],
    run: { (context) async throws(CommandFailure) in
      try await Host.use(context) { (host) async throws(CommandFailure) in
        let tool = try host.provider(context.arguments.arguments[0], "models")
        let outcome = await host.ask(tool, Array(#"{"form":2}"#.utf8), context)
        let answer = try result(outcome)
        if context.wantsJSON {
          context.console.result(answer)
          return .ok
        }
        for model in (try? JSONDocument(parsing: answer))?.root["models"]?.elements.map(\.self) ?? [] {
          let name = printable(model["name"]?.string ?? "")
          let about = model["description"]?.string ?? ""
          context.console.result(about.isEmpty ? name : padded(name, 40) + printable(about))
        }
        return .ok
      }
    })

  static let providerTest = CommandSpec(
    path: ["provider", "test"], arguments: [name],
    options: [.model, .tenant, .user, .output(["text", "json"])],
    summary: "ask a provider's model one small question, and time the answer",
    discussion: """
      Tells how long the server's name, the connection, its TLS handshake and the first byte of the answer took, then the answer itself.
      Goes the same way as the question of an agent: with the tenant's limits and budgets, recorded, never from the cache. It costs what
      it costs. Without --model the first model is asked that a flow of the tenant names, with its settings.
      Exit codes: those of `tool call`.
      """,
    examples: [
      "jackfield provider test openai", "jackfield provider test openai --model gpt-4.1-mini -o json",
    ],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      return try await Host.use(context) { (host) async throws(CommandFailure) in
        let name = context.arguments.arguments[0]
        let tool = try host.provider(name, "chat")
        let used = ProviderSheet.models(of: name, tenant, configuration)
        let first = used.first
        guard let model = context.arguments[.model] ?? first?.name else {
          throw .usage("which model? No flow of the tenant names one of \(name): give --model")
        }
        let settings = used.first { $0.name == model }?.settings ?? [:]
        let trial = ProviderTrial(provider: name, model: model, started: host.time.now(), time: host.time)
        let run = host.identifiers.makeRunID()
        let outcome = await host.ask(
          tool, ProviderTrial.request(model, settings), context, run: run, observer: trial)
        var report = trial.report(outcome)
        report.connection = await host.connection(in: run)
        if context.wantsJSON {
          context.console.result(report.json.serialized())
        } else {
          report.print(on: context.console)
        }
        if case .failure(let failure) = outcome { return ExitCode(failure.code) }
        return .ok
      }
    })

  static let providerClearCache = CommandSpec(
    path: ["provider", "clear-cache"],
    arguments: [
      ArgumentSpec(name: "NAME", help: "only the answers of this provider", isOptional: true)
    ],
    options: [.tenant, .output(["text", "json"])],
    summary: "forget the answers of models that are kept for the tenant",
    discussion:
      "All hosts on the state folder forget them at once. Answers that are on their way are kept all the same.",
    examples: ["jackfield provider clear-cache", "jackfield provider clear-cache openai --tenant globex"],
    run: { (context) async throws(CommandFailure) in
      let (configuration, tenant) = try Host.readConfiguration(context)
      let store: any AnswerStore =
        configuration.host.journal.store == .memory
        ? MemoryAnswerStore() : LateAnswerStore(path: try Locations(context.arguments).answers)
      let count: Int
      do throws(StorageFailure) {
        count = try await store.clear(of: tenant.name, provider: context.arguments.arguments.first)
      } catch {
        await store.close()
        throw CommandFailure(error)
      }
      await store.close()
      if context.wantsJSON {
        context.console.result(JSONValue.object(["forgotten": .int(count)]).serialized())
      } else {
        context.console.result(count == 1 ? "1 answer is forgotten" : "\(count) answers are forgotten")
      }
      return .ok
    })

  private static func result(_ outcome: CallOutcome) throws(CommandFailure) -> [UInt8] {
    do throws(InvocationFailure) { return try outcome.get().json } catch {
      var failure = CommandFailure(error)
      // Whoever asks for it is the operator.
      if let detail = error.detail { failure.message += ": \(detail)" }
      throw failure
    }
  }
}

extension Host {
  /// One call outside of a flow.
  func ask(
    _ tool: ToolName, _ arguments: [UInt8], _ context: CommandContext, run: RunID? = nil,
    observer: (any CallObserver)? = nil
  ) async -> CallOutcome {
    await onLanes {
      await pipeline.call(
        CallRequest(
          tool: tool, arguments: arguments, principal: principal,
          call: CallID(run: run ?? identifiers.makeRunID(), step: 1), cancellation: context.interruption,
          observer: observer))
    }
  }

  /// Nil as well where the journal cannot be read: the answer counts for more.
  fileprivate func connection(in run: RunID) async -> ProviderConnection? {
    await usesWritten()
    let events = try? await journal.events(of: run, tenant: principal.tenant)
    return events.flatMap { ProviderConnection(of: $0) }
  }
}
