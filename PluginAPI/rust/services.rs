//! What a plugin may ask of its host, in Rust: a second file beside `jackfield.rs`, no crates.
//!
//! ```ignore
//! #[path = "services.rs"]
//! mod services;
//! use services::Values;
//!
//! let values = Values::of(call).ok_or_else(|| Failure::new(E_DENIED, "this tool needs its values"))?;
//! let count = values.get("count")?;
//! ```
//!
//! `of` answers `None` where the descriptor does not ask for the service, the operator does not grant it or the host has
//! none. `PluginAPI/SERVICES.md` has limits and JSON.
//!
//! Errors: a `Failure` with the status of the host; passed on with `?`, the call ends with it. Ownership: answers are copies.
//! Threads: everything blocks, until the deadline at most, so it is for the thread of the function, or one of the plugin's own
//! while the call is pending.
#![allow(dead_code)]

use crate::jackfield::{abi, Call, Failure, Status, E_LIMIT, E_NOT_FOUND};
use std::time::Duration;

/// For `expected`: whatever is there, or nothing.
pub const ANY_VERSION: u64 = u64::MAX;
/// For `expected`: nothing is there.
pub const ABSENT: u64 = 0;

const NONE: abi::Bytes = abi::Bytes { ptr: std::ptr::null(), len: 0 };

/// The tables of `jackfield/plugin.h` since 1.1, field by field.
mod tables {
    use super::abi::{Bytes, Host};
    use super::Status;

    #[repr(C)]
    pub struct Kv {
        pub size: u32,
        pub flags: u32,
        pub get: unsafe extern "C" fn(*const Host, u64, Bytes, *mut Bytes, *mut u64) -> Status,
        pub put: unsafe extern "C" fn(*const Host, u64, Bytes, Bytes, u64, i64, *mut u64) -> Status,
        pub remove: unsafe extern "C" fn(*const Host, u64, Bytes, u64) -> Status,
        pub list: unsafe extern "C" fn(*const Host, u64, Bytes, Bytes, u32, *mut Bytes) -> Status,
    }

    #[repr(C)]
    pub struct Http {
        pub size: u32,
        pub flags: u32,
        pub request: unsafe extern "C" fn(*const Host, u64, Bytes, Bytes, *mut u64) -> Status,
        pub response: unsafe extern "C" fn(*const Host, u64, u64, *mut Bytes) -> Status,
        pub read: unsafe extern "C" fn(*const Host, u64, u64, *mut u8, u32, *mut u32) -> Status,
        pub close: unsafe extern "C" fn(*const Host, u64, u64) -> Status,
    }

    #[repr(C)]
    pub struct Tools {
        pub size: u32,
        pub flags: u32,
        pub call: unsafe extern "C" fn(*const Host, u64, Bytes, Bytes, *mut Bytes) -> Status,
    }

    #[repr(C)]
    pub struct Ask {
        pub size: u32,
        pub flags: u32,
        pub ask: unsafe extern "C" fn(*const Host, u64, Bytes, Bytes, *mut i32, *mut Bytes) -> Status,
    }

    const _: () = assert!(std::mem::size_of::<Kv>() == 40);
    const _: () = assert!(std::mem::size_of::<Http>() == 40);
    const _: () = assert!(std::mem::size_of::<Tools>() == 16);
    const _: () = assert!(std::mem::size_of::<Ask>() == 16);
}

/// A table of the host and the call on whose behalf it is asked.
struct Service<T: 'static> {
    call: Call,
    table: &'static T,
}

impl<T> Service<T> {
    /// `name` ends in a zero.
    fn find(call: &Call, name: &'static str) -> Option<Self> {
        // Safety: the host is valid while a call runs, a table starts with its size, and it stays until close().
        unsafe {
            let host = call.host();
            let found = ((*host).service)(host, name.as_ptr().cast()) as *const T;
            if found.is_null() || (*(found as *const u32) as usize) < std::mem::size_of::<T>() {
                return None;
            }
            Some(Service { call: *call, table: &*found })
        }
    }

    fn check(&self, status: Status, what: &str) -> Result<(), Failure> {
        if status < 0 {
            return Err(Failure::new(status, what));
        }
        Ok(())
    }
}

/// # Safety
/// `bytes` are the host's, of a call that is not complete.
unsafe fn copied(bytes: abi::Bytes) -> Vec<u8> {
    match bytes.len {
        0 => Vec::new(),
        len => std::slice::from_raw_parts(bytes.ptr, len as usize).to_vec(),
    }
}

fn bytes(value: &[u8]) -> abi::Bytes {
    abi::Bytes { ptr: value.as_ptr(), len: value.len() as u64 }
}

pub struct Kept {
    pub value: Vec<u8>,
    pub version: u64,
}

/// `jf.kv/1`: this plugin's values for this tenant.
pub struct Values(Service<tables::Kv>);

impl Values {
    pub fn of(call: &Call) -> Option<Self> {
        Service::find(call, "jf.kv/1\0").map(Values)
    }

    pub fn get(&self, key: &str) -> Result<Option<Kept>, Failure> {
        let (mut value, mut version) = (NONE, 0);
        // Safety: what is passed lives until the function returns; what comes back is copied while the call runs.
        unsafe {
            let call = &self.0.call;
            let status = (self.0.table.get)(call.host(), call.number, abi::bytes(key), &mut value, &mut version);
            if status == E_NOT_FOUND {
                return Ok(None);
            }
            self.0.check(status, "the value could not be read")?;
            Ok(Some(Kept { value: copied(value), version }))
        }
    }

    /// The new version. `E_STATE` or `E_NOT_FOUND`: another version is there than `expected`. No lifetime is for ever.
    pub fn put(&self, key: &str, value: &[u8], expected: u64, lifetime: Option<Duration>) -> Result<u64, Failure> {
        let mut version = 0;
        let lifetime = lifetime.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX).max(1));
        let call = &self.0.call;
        // Safety: as in get.
        let status = unsafe {
            (self.0.table.put)(call.host(), call.number, abi::bytes(key), bytes(value), expected, lifetime, &mut version)
        };
        self.0.check(status, "the value could not be kept")?;
        Ok(version)
    }

    /// Whether there was something.
    pub fn remove(&self, key: &str, expected: u64) -> Result<bool, Failure> {
        let call = &self.0.call;
        // Safety: as in get.
        let status = unsafe { (self.0.table.remove)(call.host(), call.number, abi::bytes(key), expected) };
        if status == E_NOT_FOUND {
            return Ok(false);
        }
        self.0.check(status, "the value could not be removed")?;
        Ok(true)
    }

    /// A JSON array of at most `limit` keys, 1 to 1000, that come after `after`.
    pub fn list(&self, prefix: &str, after: &str, limit: u32) -> Result<String, Failure> {
        let mut keys = NONE;
        // Safety: as in get.
        unsafe {
            let call = &self.0.call;
            let status =
                (self.0.table.list)(call.host(), call.number, abi::bytes(prefix), abi::bytes(after), limit, &mut keys);
            self.0.check(status, "the keys could not be read")?;
            abi::text(keys).map(str::to_owned)
        }
    }
}

/// `jf.http/1`: requests to the servers that the operator allows.
pub struct Web(Service<tables::Http>);

impl Web {
    pub fn of(call: &Call) -> Option<Self> {
        Service::find(call, "jf.http/1\0").map(Web)
    }

    /// `head` is JSON. The request is sent; its answer is waited for later.
    pub fn request(&self, head: &str, body: &[u8]) -> Result<Exchange, Failure> {
        let mut exchange = 0;
        let call = &self.0.call;
        // Safety: as in Values::get.
        let status = unsafe {
            (self.0.table.request)(call.host(), call.number, abi::bytes(head), bytes(body), &mut exchange)
        };
        self.0.check(status, "the request could not be made")?;
        Ok(Exchange { service: Service { ..self.0 }, number: exchange })
    }
}

/// One request and its answer. Ends when it is dropped, or with the call.
pub struct Exchange {
    service: Service<tables::Http>,
    number: u64,
}

impl Exchange {
    /// Waits for the head of the answer: JSON.
    pub fn response(&self) -> Result<String, Failure> {
        let mut head = NONE;
        // Safety: as in Values::get.
        unsafe {
            let call = &self.service.call;
            let status = (self.service.table.response)(call.host(), call.number, self.number, &mut head);
            self.service.check(status, "the server did not answer")?;
            abi::text(head).map(str::to_owned)
        }
    }

    /// Waits for the next piece of the body. How much of `buffer` is filled; 0: the body is whole.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Failure> {
        let mut length = 0;
        let call = &self.service.call;
        let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        // Safety: the buffer is borrowed for as long as it is written to.
        let status = unsafe {
            (self.service.table.read)(call.host(), call.number, self.number, buffer.as_mut_ptr(), capacity, &mut length)
        };
        self.service.check(status, "the answer broke off")?;
        Ok(length as usize)
    }

    /// The rest of the body. `E_LIMIT`: it has more than `most` bytes.
    pub fn read_all(&self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        let mut piece = [0; 16384];
        loop {
            match self.read(&mut piece)? {
                0 => return Ok(body),
                length if length > most - body.len() => {
                    return Err(Failure::new(E_LIMIT, "the answer is longer than expected"));
                }
                length => body.extend_from_slice(&piece[..length]),
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let call = &self.service.call;
        // Safety: as in Values::get.
        unsafe { (self.service.table.close)(call.host(), call.number, self.number) };
    }
}

/// `jf.call/1`: other tools.
pub struct Tools(Service<tables::Tools>);

impl Tools {
    pub fn of(call: &Call) -> Option<Self> {
        Service::find(call, "jf.call/1\0").map(Tools)
    }

    /// The result, as JSON. A failure has the message that an agent would have read.
    pub fn call(&self, name: &str, arguments: &str) -> Result<String, Failure> {
        let mut result = NONE;
        // Safety: as in Values::get.
        unsafe {
            let call = &self.0.call;
            let status =
                (self.0.table.call)(call.host(), call.number, abi::bytes(name), abi::bytes(arguments), &mut result);
            let text = abi::text(result)?.to_owned();
            self.0.check(status, if text.is_empty() { "the tool was not called" } else { &text })?;
            Ok(text)
        }
    }
}

/// `jf.ask/1`: the person for whom the call runs.
pub struct Person(Service<tables::Ask>);

impl Person {
    pub fn of(call: &Call) -> Option<Self> {
        Service::find(call, "jf.ask/1\0").map(Person)
    }

    /// What they filled in, a JSON object; nothing where they said no or left. `schema` is JSON.
    pub fn ask(&self, message: &str, schema: &str) -> Result<Option<String>, Failure> {
        let (mut action, mut content) = (0, NONE);
        // Safety: as in Values::get.
        unsafe {
            let call = &self.0.call;
            let status = (self.0.table.ask)(
                call.host(), call.number, abi::bytes(message), abi::bytes(schema), &mut action, &mut content);
            self.0.check(status, "nobody could be asked")?;
            match action {
                1 => Ok(Some(abi::text(content)?.to_owned())),
                _ => Ok(None),
            }
        }
    }
}
