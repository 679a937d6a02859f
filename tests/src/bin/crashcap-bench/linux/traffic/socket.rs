//! A packet socket that only sends, many frames a call (packet(7), sendmmsg(2)).

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};

/// Frames handed over in one call.
pub(super) const BATCH: usize = 32;

/// Bytes that may be under way; the kernel's default holds a single batch of large frames.
const SEND_BUFFER: libc::c_int = 4 << 20;

/// A socket bound to one interface, with one frame to send again and again.
pub(crate) struct FrameSocket {
    socket: OwnedFd,
    messages: Messages,
}

impl FrameSocket {
    /// Opens it on `interface`, in the calling thread's network namespace.
    pub(crate) fn open(interface: &str, frame: Vec<u8>) -> io::Result<Self> {
        let name = CString::new(interface)?;
        // SAFETY: the name is a string that ends with a zero byte.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        if index == 0 {
            return Err(io::Error::last_os_error());
        }
        // Protocol 0: nothing is ever received.
        // SAFETY: plain numbers; the descriptor returned is new and nobody else's.
        let socket = unsafe {
            let raw = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0);
            if raw < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(raw)
        };
        bind(socket.as_raw_fd(), index)?;
        set(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_QDISC_BYPASS,
            1,
        )?;
        // Past the system's limit only with rights over the namespace; the default serves too.
        let _ = set(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUFFORCE,
            SEND_BUFFER,
        );
        Ok(Self {
            socket,
            messages: Messages::new(frame),
        })
    }

    /// Sends the frame up to `count` times, at most [`BATCH`], and gives how many the interface
    /// took: fewer, or none, when it is busy.
    pub(crate) fn send(&mut self, count: usize) -> io::Result<usize> {
        let count = count.min(BATCH);
        let headers = self.messages.headers.as_mut_ptr();
        let length = libc::c_uint::try_from(count).unwrap_or(0);
        // SAFETY: `headers` has BATCH entries, `count` is not more, and each points to the one
        // entry of `Messages::vector`, which points to the frame; all live as long as `self`.
        let sent = unsafe { libc::sendmmsg(self.socket.as_raw_fd(), headers, length, 0) };
        match usize::try_from(sent) {
            Ok(sent) => Ok(sent),
            Err(_) => {
                let error = io::Error::last_os_error();
                let busy = [libc::ENOBUFS, libc::EAGAIN, libc::EINTR];
                if error
                    .raw_os_error()
                    .is_some_and(|code| busy.contains(&code))
                {
                    Ok(0)
                } else {
                    Err(error)
                }
            }
        }
    }
}

/// The headers of one batch, all of the same frame.
struct Messages {
    headers: Box<[libc::mmsghdr; BATCH]>,
    // The headers point to the vector and it to the frame: both stay where they are, on the heap.
    _vector: Box<libc::iovec>,
    _frame: Box<[u8]>,
}

impl Messages {
    fn new(frame: Vec<u8>) -> Self {
        let mut frame = frame.into_boxed_slice();
        let mut vector = Box::new(libc::iovec {
            iov_base: frame.as_mut_ptr().cast(),
            iov_len: frame.len(),
        });
        // SAFETY: of these structures all fields zero is a valid value: no name, no data.
        let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
        header.msg_hdr.msg_iov = &raw mut *vector;
        header.msg_hdr.msg_iovlen = 1;
        Self {
            headers: Box::new([header; BATCH]),
            _vector: vector,
            _frame: frame,
        }
    }
}

// SAFETY: the pointers lead to memory on the heap that this value owns alone.
unsafe impl Send for FrameSocket {}

fn bind(socket: RawFd, index: libc::c_uint) -> io::Result<()> {
    // SAFETY: of this structure all fields zero is a valid value.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as libc::sa_family_t;
    address.sll_ifindex = libc::c_int::try_from(index).map_err(io::Error::other)?;
    // SAFETY: the pointer and the length are those of `address`.
    check(unsafe {
        libc::bind(
            socket,
            (&raw const address).cast(),
            mem::size_of_val(&address) as libc::socklen_t,
        )
    })
}

fn set(
    socket: RawFd,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the pointer and the length are those of `value`.
    check(unsafe {
        libc::setsockopt(
            socket,
            level,
            option,
            (&raw const value).cast(),
            mem::size_of_val(&value) as libc::socklen_t,
        )
    })
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
