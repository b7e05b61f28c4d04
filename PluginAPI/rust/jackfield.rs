//! The Jackfield plugin ABI in Rust: one file, no crates. Rust 1.63 or later.
//!
//! ```ignore
//! #[path = "jackfield.rs"]
//! mod jackfield;
//! use jackfield::{Answer, Call, Failure, Function, Instance, Opening};
//!
//! struct Greeter;
//! impl Instance for Greeter {
//!     fn open(_: &Opening) -> Result<Self, Failure> { Ok(Greeter) }
//! }
//! fn greet(_: &Greeter, _: &Call, _: &str) -> Result<Answer, Failure> { Ok(Answer::json("{\"text\":\"hi\"}")) }
//!
//! jackfield::plugin!(Greeter, "greeter", "1.0.0",
//!     [Function::tool("greet", jackfield::EFFECT_NONE, greet)]);
//! ```
//!
//! Build it as a `cdylib` and seal the descriptor into it with `PluginAPI/seal`. JSON is text here; which crate reads and
//! writes it is the author's choice.
//!
//! Errors: a `Failure` has a status and a message. A panic is caught at every entry and becomes `E_INTERNAL`; a plugin
//! must therefore not be built with `panic = "abort"`. Ownership: what is borrowed from a call is copied by whoever keeps
//! it; answers are copied by the host. Threads: functions are called concurrently (an `Instance` is `Sync`), and a
//! `Call` may be sent to another thread. Time: `Duration`.
#![allow(dead_code)]

use std::ffi::c_void;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Mutex;
use std::time::Duration;

pub type Status = i32;
pub const OK: Status = 0;
pub const PENDING: Status = 1;
pub const E_ARGUMENT: Status = -1;
pub const E_UNSUPPORTED: Status = -2;
pub const E_DENIED: Status = -3;
pub const E_NOT_FOUND: Status = -4;
pub const E_CANCELLED: Status = -5;
pub const E_DEADLINE: Status = -6;
pub const E_LIMIT: Status = -7;
pub const E_STATE: Status = -8;
pub const E_BUSY: Status = -9;
pub const E_IO: Status = -10;
pub const E_TOOL: Status = -11;
pub const E_INTERNAL: Status = -12;

pub const KIND_TOOL: i32 = 1;
pub const KIND_CHAT: i32 = 2;
pub const KIND_EMBED: i32 = 3;
pub const KIND_MODELS: i32 = 4;

pub const EFFECT_NON_IDEMPOTENT: i32 = 0;
pub const EFFECT_IDEMPOTENT: i32 = 1;
pub const EFFECT_NONE: i32 = 2;

pub const MAY_PEND: u32 = 1;
pub const SERIAL: u32 = 2;

pub const EVENT_TEXT: i32 = 1;
pub const EVENT_REASONING: i32 = 2;
pub const EVENT_TOOL_CALL: i32 = 3;
pub const EVENT_USAGE: i32 = 4;
pub const EVENT_CONTENT: i32 = 5;

/// The structs of `jackfield/plugin.h`, field by field. Only for the code of this file and for services.
pub mod abi {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Bytes {
        pub ptr: *const u8,
        pub len: u64,
    }

    #[repr(C)]
    pub struct CallInfo {
        pub size: u32,
        pub attempt: u32,
        pub tenant: Bytes,
        pub run: Bytes,
        pub idempotency_key: Bytes,
    }

    #[repr(C)]
    pub struct Host {
        pub size: u32,
        pub abi: u32,
        pub context: *mut c_void,
        pub service: unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void,
        pub log: unsafe extern "C" fn(*const Host, i32, Bytes, Bytes),
        pub complete: unsafe extern "C" fn(*const Host, u64, Status, Bytes) -> Status,
        pub emit: unsafe extern "C" fn(*const Host, u64, i32, Bytes) -> Status,
        pub progress: unsafe extern "C" fn(*const Host, u64, f64, f64, Bytes) -> Status,
        pub remaining_ns: unsafe extern "C" fn(*const Host, u64) -> i64,
        pub info: unsafe extern "C" fn(*const Host, u64) -> *const CallInfo,
    }

    #[repr(C)]
    pub struct ConfigService {
        pub size: u32,
        pub flags: u32,
        pub json: unsafe extern "C" fn(*const Host) -> Bytes,
    }

    #[repr(C)]
    pub struct FunctionRow {
        pub size: u32,
        pub kind: i32,
        pub effect: i32,
        pub flags: u32,
        pub name: Bytes,
    }

    #[repr(C)]
    pub struct OpenInfo {
        pub size: u32,
        pub flags: u32,
        pub tenant: Bytes,
    }

    pub type Slot = unsafe extern "C" fn(*mut c_void, u64, u32, Bytes) -> Status;

    #[repr(C)]
    pub struct Plugin {
        pub size: u32,
        pub abi_built: u32,
        pub abi_oldest: u32,
        pub flags: u32,
        pub id: Bytes,
        pub version: Bytes,
        pub functions: *const FunctionRow,
        pub function_stride: u32,
        pub function_count: u32,
        pub descriptor: Bytes,
        pub open: unsafe extern "C" fn(*const Host, *const OpenInfo, *mut *mut c_void, *mut Bytes) -> Status,
        pub close: unsafe extern "C" fn(*mut c_void),
        pub invoke: Slot,
        pub cancel: unsafe extern "C" fn(*mut c_void, u64),
        pub reconcile: Slot,
        pub preview: Slot,
    }

    const _: () = assert!(std::mem::size_of::<Host>() == 72);
    const _: () = assert!(std::mem::size_of::<CallInfo>() == 56);
    const _: () = assert!(std::mem::size_of::<FunctionRow>() == 32);
    const _: () = assert!(std::mem::size_of::<Plugin>() == 128);

    pub fn bytes(text: &str) -> Bytes {
        Bytes { ptr: text.as_ptr(), len: text.len() as u64 }
    }

    /// # Safety
    /// `text` is what the host handed over, and outlives the answer.
    pub unsafe fn text<'a>(text: Bytes) -> Result<&'a str, Failure> {
        if text.len == 0 {
            return Ok("");
        }
        let slice = std::slice::from_raw_parts(text.ptr, text.len as usize);
        std::str::from_utf8(slice).map_err(|_| Failure::new(E_ARGUMENT, "the text is not UTF-8"))
    }
}

/// Ends a call, or `open`, with a status below 0 and a message for whom the status says.
#[derive(Debug)]
pub struct Failure {
    pub status: Status,
    pub message: String,
}

impl Failure {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Failure { status, message: message.into() }
    }

    /// For the model to read.
    pub fn tool(message: impl Into<String>) -> Self {
        Failure::new(E_TOOL, message)
    }
}

pub enum Answer {
    /// The result, as JSON.
    Json(String),
    /// `Call::complete` comes later, from any thread. Only with `MAY_PEND`.
    Pending,
}

impl Answer {
    pub fn json(text: impl Into<String>) -> Self {
        Answer::Json(text.into())
    }
}

/// What a plugin makes for each tenant, and drops when no call runs any more.
pub trait Instance: Sized + Send + Sync + 'static {
    fn open(opening: &Opening) -> Result<Self, Failure>;

    /// Nobody waits for this call any more. From any thread; it may have just ended.
    fn cancel(&self, _call: u64) {}
}

/// For whom an instance is opened.
pub struct Opening {
    host: *const abi::Host,
    tenant: String,
}

impl Opening {
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The operator's configuration, a JSON object; none where the descriptor does not ask for `jf.config/1`.
    pub fn configuration(&self) -> Option<String> {
        // Safety: the host is valid while the instance is, and a service starts with its size.
        unsafe {
            let found = ((*self.host).service)(self.host, "jf.config/1\0".as_ptr().cast());
            let service = (found as *const abi::ConfigService).as_ref()?;
            abi::text((service.json)(self.host)).ok().map(str::to_owned)
        }
    }
}

/// One invocation: a value, to be copied freely.
#[derive(Clone, Copy)]
pub struct Call {
    host: *const abi::Host,
    pub number: u64,
}

// Safety: the functions of the host are tagged [any], and its table is constant.
unsafe impl Send for Call {}
unsafe impl Sync for Call {}

impl Call {
    /// For whoever asks the host by its table: `services.rs`.
    pub fn host(&self) -> *const abi::Host {
        self.host
    }

    fn known(&self, field: fn(&abi::CallInfo) -> abi::Bytes) -> String {
        // Safety: the bytes live until the call is complete; they are copied here, while it runs.
        unsafe {
            match ((*self.host).info)(self.host, self.number).as_ref() {
                Some(info) => abi::text(field(info)).map(str::to_owned).unwrap_or_default(),
                None => String::new(),
            }
        }
    }

    pub fn tenant(&self) -> String {
        self.known(|info| info.tenant)
    }

    pub fn run(&self) -> String {
        self.known(|info| info.run)
    }

    pub fn idempotency_key(&self) -> String {
        self.known(|info| info.idempotency_key)
    }

    /// Until the deadline; zero once nobody waits.
    pub fn remaining(&self) -> Duration {
        // Safety: see Send.
        let left = unsafe { ((*self.host).remaining_ns)(self.host, self.number) };
        Duration::from_nanos(left.max(0) as u64)
    }

    /// `Ok(false)`: the reader is behind, try again later. A failure: nobody waits any more, stop.
    pub fn emit(&self, event: i32, data: &str) -> Result<bool, Failure> {
        // Safety: see Send; the host copies.
        match unsafe { ((*self.host).emit)(self.host, self.number, event, abi::bytes(data)) } {
            E_BUSY => Ok(false),
            status if status < 0 => Err(Failure::new(status, "the event was not taken")),
            _ => Ok(true),
        }
    }

    pub fn progress(&self, done: f64, total: f64, note: &str) {
        // Safety: see Send; the host copies.
        unsafe { ((*self.host).progress)(self.host, self.number, done, total, abi::bytes(note)) };
    }

    pub fn log(&self, level: i32, message: &str, fields: &str) {
        // Safety: see Send; the host copies.
        unsafe { ((*self.host).log)(self.host, level, abi::bytes(message), abi::bytes(fields)) };
    }

    /// For a pending call, exactly once. A panic in `work` is caught.
    pub fn complete_with(&self, work: impl FnOnce() -> Result<String, Failure>) {
        match guarded(work) {
            Ok(result) => self.complete(OK, &result),
            Err(failure) => self.complete(failure.status, &failure.message),
        }
    }

    fn complete(&self, status: Status, payload: &str) {
        // Safety: see Send; the host copies. JF_E_STATE means that nobody waited any more.
        unsafe { ((*self.host).complete)(self.host, self.number, status, abi::bytes(payload)) };
    }
}

pub type Body<I> = fn(&I, &Call, &str) -> Result<Answer, Failure>;

/// One function of a plugin. What is none answers `E_UNSUPPORTED`.
pub struct Function<I> {
    pub name: &'static str,
    pub kind: i32,
    pub effect: i32,
    pub flags: u32,
    pub run: Body<I>,
    pub reconcile: Option<Body<I>>,
    pub preview: Option<Body<I>>,
}

impl<I> Function<I> {
    pub fn tool(name: &'static str, effect: i32, run: Body<I>) -> Self {
        Function { name, kind: KIND_TOOL, effect, flags: 0, run, reconcile: None, preview: None }
    }

    pub fn chat(name: &'static str, flags: u32, run: Body<I>) -> Self {
        Function { name, kind: KIND_CHAT, effect: EFFECT_NONE, flags, run, reconcile: None, preview: None }
    }
}

fn guarded<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|cause| {
        let message = match (cause.downcast_ref::<&str>(), cause.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => "a panic".to_owned(),
        };
        // Text is dropped; what else was thrown may panic once more when it is.
        if !cause.is::<&str>() && !cause.is::<String>() {
            std::mem::forget(cause);
        }
        Err(Failure::new(E_INTERNAL, message))
    })
}

struct Opened<I: 'static> {
    host: *const abi::Host,
    functions: &'static [Function<I>],
    instance: I,
}

static LAST_ERROR: Mutex<String> = Mutex::new(String::new());

/// The C side of a plugin; `plugin!` writes the calls.
///
/// # Safety
/// Called by the host alone, as the header says.
pub mod entry {
    use super::*;

    /// The table, which is never freed. Null for a host of another major version.
    pub fn table<I: Instance>(
        host_abi: u32,
        id: &'static str,
        version: &'static str,
        functions: &'static [Function<I>],
        open: unsafe extern "C" fn(*const abi::Host, *const abi::OpenInfo, *mut *mut c_void, *mut abi::Bytes) -> Status,
    ) -> *const abi::Plugin {
        if host_abi >> 16 != 1 {
            return std::ptr::null();
        }
        let rows: Vec<abi::FunctionRow> = functions
            .iter()
            .map(|function| abi::FunctionRow {
                size: std::mem::size_of::<abi::FunctionRow>() as u32,
                kind: function.kind,
                effect: function.effect,
                flags: function.flags,
                name: abi::bytes(function.name),
            })
            .collect();
        let rows = Box::leak(rows.into_boxed_slice());
        Box::leak(Box::new(abi::Plugin {
            size: std::mem::size_of::<abi::Plugin>() as u32,
            abi_built: 1 << 16 | 1,
            abi_oldest: 1 << 16,
            flags: 0,
            id: abi::bytes(id),
            version: abi::bytes(version),
            functions: rows.as_ptr(),
            function_stride: std::mem::size_of::<abi::FunctionRow>() as u32,
            function_count: rows.len() as u32,
            descriptor: abi::Bytes { ptr: std::ptr::null(), len: 0 },
            open,
            close: close::<I>,
            invoke: invoke::<I>,
            cancel: cancel::<I>,
            reconcile: reconcile::<I>,
            preview: preview::<I>,
        }))
    }

    /// # Safety
    /// As jf_plugin.open.
    pub unsafe fn open<I: Instance>(
        functions: &'static [Function<I>],
        host: *const abi::Host,
        info: *const abi::OpenInfo,
        instance: *mut *mut c_void,
        error: *mut abi::Bytes,
    ) -> Status {
        let opened = guarded(|| {
            let opening = Opening { host, tenant: abi::text((*info).tenant)?.to_owned() };
            Ok(Opened { host, functions, instance: I::open(&opening)? })
        });
        match opened {
            Ok(opened) => {
                *instance = Box::into_raw(Box::new(opened)).cast();
                OK
            }
            Err(failure) => {
                // Valid until the next [main] function: those never overlap.
                if let Ok(mut last) = LAST_ERROR.lock() {
                    *last = failure.message;
                    if !error.is_null() {
                        *error = abi::bytes(&last);
                    }
                }
                failure.status
            }
        }
    }

    unsafe extern "C" fn close<I: Instance>(opened: *mut c_void) {
        let opened = Box::from_raw(opened as *mut Opened<I>);
        let _ = guarded(move || {
            drop(opened);
            Ok(())
        });
    }

    unsafe extern "C" fn invoke<I: Instance>(opened: *mut c_void, call: u64, function: u32, arguments: abi::Bytes) -> Status {
        run::<I>(opened, call, function, arguments, |function| Some(function.run))
    }

    unsafe extern "C" fn reconcile<I: Instance>(opened: *mut c_void, call: u64, function: u32, arguments: abi::Bytes) -> Status {
        run::<I>(opened, call, function, arguments, |function| function.reconcile)
    }

    unsafe extern "C" fn preview<I: Instance>(opened: *mut c_void, call: u64, function: u32, arguments: abi::Bytes) -> Status {
        run::<I>(opened, call, function, arguments, |function| function.preview)
    }

    unsafe extern "C" fn cancel<I: Instance>(opened: *mut c_void, call: u64) {
        let opened = &*(opened as *const Opened<I>);
        let _ = guarded(|| {
            opened.instance.cancel(call);
            Ok(())
        });
    }

    unsafe fn run<I: Instance>(
        opened: *mut c_void,
        number: u64,
        function: u32,
        arguments: abi::Bytes,
        slot: fn(&Function<I>) -> Option<Body<I>>,
    ) -> Status {
        let opened = &*(opened as *const Opened<I>);
        let function = match opened.functions.get(function as usize) {
            Some(function) => function,
            None => return E_ARGUMENT,
        };
        let body = match slot(function) {
            Some(body) => body,
            None => return E_UNSUPPORTED,
        };
        let call = Call { host: opened.host, number };
        match guarded(|| body(&opened.instance, &call, abi::text(arguments)?)) {
            Ok(Answer::Json(text)) => {
                call.complete(OK, &text);
                OK
            }
            Ok(Answer::Pending) => PENDING,
            Err(failure) => {
                call.complete(failure.status, &failure.message);
                failure.status
            }
        }
    }
}

/// Defines the one function that a plugin exports: the type of its instances, its id, its version, its functions.
#[macro_export]
macro_rules! plugin {
    ($instance:ty, $id:expr, $version:expr, [$($function:expr),* $(,)?]) => {
        static JACKFIELD_FUNCTIONS: &[$crate::jackfield::Function<$instance>] = &[$($function),*];

        unsafe extern "C" fn jackfield_open(
            host: *const $crate::jackfield::abi::Host,
            info: *const $crate::jackfield::abi::OpenInfo,
            instance: *mut *mut std::ffi::c_void,
            error: *mut $crate::jackfield::abi::Bytes,
        ) -> i32 {
            $crate::jackfield::entry::open::<$instance>(JACKFIELD_FUNCTIONS, host, info, instance, error)
        }

        #[no_mangle]
        pub extern "C" fn jackfield_plugin_v1(host_abi: u32) -> *const $crate::jackfield::abi::Plugin {
            $crate::jackfield::entry::table::<$instance>(host_abi, $id, $version, JACKFIELD_FUNCTIONS, jackfield_open)
        }
    };
}
