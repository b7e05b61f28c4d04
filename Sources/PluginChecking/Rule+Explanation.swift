extension Rule {
  /// Why it matters.
  package var reason: String { explanation.reason }
  /// What to do.
  package var remedy: String { explanation.remedy }

  private var explanation: (reason: String, remedy: String) {
    switch self {
    case .pluginUnreadable:
      (
        "A host could not read it either.",
        "Check the path and the rights; it must be a regular file."
      )
    case .notAPlugin:
      (
        "Without an ELF shared object and its descriptor there is nothing that a host could load.",
        "Link it with -shared, and put the descriptor into it with PluginAPI/seal."
      )
    case .wrongArchitecture:
      (
        "The code is for another processor than this host's.",
        "Build it for the machine that the host runs on."
      )
    case .pluginTruncated:
      (
        "The loader would map what is not there, and the first touch of it would be a bus error.",
        "Copy or build it again."
      )
    case .descriptorInvalid:
      (
        "An operator judges a plugin by its descriptor; a host that cannot read it refuses the plugin.",
        "Mend the descriptor as the message says (PluginAPI/DESCRIPTOR.md) and seal it again."
      )
    case .descriptorMismatch:
      (
        "Code that does something else than its descriptor says is not what the operator has agreed to.",
        "Make function table and descriptor say the same, in the same order, and seal it again."
      )
    case .abiIncompatible:
      (
        "Its table would be read wrongly.",
        "Build it against this host's major version; say abi_oldest = JF_ABI(1, 0) unless it needs newer slots."
      )
    case .loadFailed:
      (
        "A host loads with RTLD_NOW, so that what is missing shows then and not in the middle of a call.",
        "Link what the message names, or mend the function table."
      )
    case .pluginCrashed:
      (
        "In a host's process a crash ends every tenant's calls; in a worker it ends this one's.",
        "Run jackfield-check under a debugger, with the test and the arguments that the place names."
      )
    case .pluginExited:
      (
        "A plugin that ends the process ends whatever else runs there.",
        "Answer a status instead of calling exit(), abort() or _exit()."
      )
    case .pluginHung:
      (
        "Nothing within a process can stop a thread: the call keeps it until the process ends.",
        "Bound every wait, and ask remaining_ns() now and then."
      )
    case .configurationInvalid:
      (
        "A host gives it a JSON object and nothing else.",
        "Give an object that its configSchema allows."
      )
    case .reservedName:
      (
        "Flows are tools named flow.NAME.",
        "Give the plugin another id."
      )
    case .symbolsExported:
      (
        "Two plugins may both have a function of that name, and one would get the other's.",
        "Hide all but jackfield_plugin_v1: -fvisibility=hidden, --version-script=PluginAPI/exports.map."
      )
    case .staticTls:
      (
        "The room for such thread-local variables is small and shared: after some plugins none can be loaded.",
        "Compile with -fPIC and without -ftls-model=initial-exec."
      )
    case .textRelocation:
      (
        "Its code must be written to before it runs, which a sandbox forbids.",
        "Compile everything that is linked into it with -fPIC."
      )
    case .executableStack:
      (
        "Loading it makes the stack of the whole process executable.",
        "Link with -z noexecstack; assembly sources need a .note.GNU-stack section."
      )
    case .writableCode:
      (
        "What can be written to and run is where attacks end up; a sandbox forbids it.",
        "Do not link with -N, and look at the sections of your linker script."
      )
    case .lazyBinding:
      (
        "Its table of functions stays writable; a host binds it at once in any case.",
        "Link with -Wl,-z,relro,-z,now."
      )
    case .schemaInvalid:
      (
        "A host cannot check arguments or results by it, and refuses the plugin.",
        "Mend the schema at that place; jackfield schema explain says what becomes of it."
      )
    case .exampleInvalid:
      (
        "A model that copies the example would be refused.",
        "Make example and schema agree."
      )
    case .examplesMissing:
      (
        "A function without examples is tried with guesses alone.",
        "Give its inputSchema the keyword examples: a list of arguments that must succeed."
      )
    case .notCalled:
      (
        "What it does to the world is not to be done for a test.",
        "Nothing; tests of your own can call it."
      )
    case .notOpened:
      (
        "None of its functions could be tried.",
        "Give it a configuration: --plugin-config, or examples in its configSchema."
      )
    case .entrySlow:
      (
        "A host with many plugins asks all of them when it starts.",
        "Do the work in open(), or on the first call."
      )
    case .loadSlow:
      (
        "A host with many plugins loads all of them when it starts.",
        "Do the work of constructors in open()."
      )
    case .signalsChanged:
      (
        "Handlers of signals belong to the host: deadlines and shutdown are made of them.",
        "Remove the call of sigaction() or signal(), or of the library that makes it."
      )
    case .folderChanged:
      (
        "Every relative path of the host, and of other plugins, means something else then.",
        "Use absolute paths or openat()."
      )
    case .umaskChanged:
      (
        "Files that the host writes get other rights then.",
        "Use fchmod() on your own files."
      )
    case .environmentChanged:
      (
        "Calling setenv() is not safe beside other threads, and all plugins see the change.",
        "Keep the value in the instance."
      )
    case .floatingPointChanged:
      (
        "The numbers of everybody else change in their last digits.",
        "Link without -ffast-math: its start-up code does this."
      )
    case .limitsChanged:
      (
        "The limits of the process hold for everybody in it.",
        "Do not call setrlimit()."
      )
    case .streamsChanged:
      (
        "Standard output may be a protocol's.",
        "Leave the descriptors 0, 1 and 2 alone."
      )
    case .childStarted:
      (
        "A host does not wait for processes that it does not know, and a sandbox forbids them.",
        "Do the work in a thread, or ask the host for a tool."
      )
    case .threadsStarted:
      (
        "Who loads a plugin may not use it yet, and the sandbox is not there yet.",
        "Start threads in open(), and join them in close()."
      )
    case .descriptorsOpened:
      (
        "What is open before the first instance belongs to no tenant and is never closed.",
        "Open files in open(), with O_CLOEXEC, and close them in close()."
      )
    case .descriptorsClosed:
      (
        "They belong to the host: what it opens next gets their numbers.",
        "Close only what you have opened; do not call closefrom() or close_range()."
      )
    case .descriptorsLeak:
      (
        "The process runs out of descriptors, and then nothing in it works.",
        "Close on every path what you open."
      )
    case .threadsLeak:
      (
        "The process runs out of threads.",
        "Join or detach what you start, and end it in close()."
      )
    case .memoryLeak:
      (
        "A host runs for months.",
        "Free on every path what you allocate: build it with -fsanitize=address and look."
      )
    case .exampleFailed:
      (
        "An example is what a model tries first.",
        "Make it succeed, or take it out of the schema."
      )
    case .noResult:
      (
        "JF_OK without a payload is no result; the host answers invalid_result.",
        "Call complete() with a JSON object, {} at the least."
      )
    case .invalidResult:
      (
        "The host does not pass on what breaks the outputSchema; the caller gets invalid_result.",
        "Make result and outputSchema agree; text must be UTF-8 and escaped."
      )
    case .resultTooLarge:
      (
        "The host drops it, and the caller gets result_too_large.",
        "Page or shorten results, or declare limits.maxResultBytes."
      )
    case .bytesNull:
      (
        "A host that believed it would crash.",
        "Give a length of 0 with a null pointer."
      )
    case .callUnknown:
      (
        "The number of a call is good for that call and no other.",
        "Keep jf_call by value, with the call that it belongs to."
      )
    case .hostUnknown:
      (
        "The host's table is the one that open() was given, until close().",
        "Keep the pointer of open() in the instance."
      )
    case .completedTwice:
      (
        "The second answer is dropped; whoever wrote it believed otherwise.",
        "Call complete() on one path only."
      )
    case .completedLate:
      (
        "Any answer but JF_PENDING has ended the call, and close() ends them all.",
        "Answer JF_PENDING where another thread completes, and join it in close()."
      )
    case .neverComplete:
      (
        "Its caller waits until the deadline, for nothing.",
        "Call complete() on every path, with a failure where there is no result."
      )
    case .pendingUndeclared:
      (
        "The host expects an answer when invoke() comes back.",
        "Declare mayPend in the table and in the descriptor."
      )
    case .statusInvalid:
      (
        "The host takes it for JF_E_INTERNAL.",
        "Answer one of the statuses of jackfield/plugin.h."
      )
    case .eventInvalid:
      (
        "Readers get pieces of text as they come; half a character is none.",
        "Cut texts between characters."
      )
    case .unknownFunctionAnswered:
      (
        "A newer host may have another idea of the table; a number that is not there must be refused.",
        "Answer JF_E_ARGUMENT for every number that you do not know."
      )
    case .cancelIgnored:
      (
        "Nobody waits for the call any more, and it still holds a thread.",
        "Stop in cancel(), or when remaining_ns() is 0."
      )
    case .notReentrant:
      (
        "Calls of one instance run at the same time unless the function is serial.",
        "Guard what calls share, or declare serial."
      )
    case .sandboxRefused:
      (
        "A plugin that is not trusted runs in a worker, and there this call fails.",
        "Do without what the sandbox forbids, or tell operators to give it: sandbox.read, a service, in_process."
      )
    case .partlyTried:
      (
        "It takes so long that a part of it is not known.",
        "Give examples that are answered in a moment."
      )
    case .notChecked:
      (
        "A part of the check could not be made.",
        "The message says what is missing."
      )
    }
  }
}
