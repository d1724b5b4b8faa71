//! The port, and a thread for each connection. Nothing of it outlives the fake.

use std::{
    io::{self, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    held,
    http::{Request, Response},
};

/// How an answer is brought to the client.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// At once and whole.
    Whole,
    /// In pieces that take this long together.
    Slow(Duration),
    /// Half of the body; then the connection is closed.
    Cut,
    /// Not at all: after this long the connection is closed.
    Never(Duration),
}

/// An answer, when it is due, and how it is brought.
#[derive(Debug)]
pub struct Delivery {
    /// The answer.
    pub response: Response,
    /// How it is brought.
    pub manner: Manner,
    /// How long it is waited for.
    pub after: Duration,
}

/// What answers: called by the thread of a connection, with the time of arrival.
pub type Answering = dyn Fn(&Request, Instant) -> Delivery + Send + Sync;

/// A server on a port of the local host.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    open: Arc<Open>,
    listener: Option<JoinHandle<()>>,
}

/// What is open, so that it can be closed.
#[derive(Debug, Default)]
struct Open {
    stopped: Mutex<bool>,
    stop: Condvar,
    connections: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
}

impl Open {
    fn is_stopped(&self) -> bool {
        *held(&self.stopped)
    }

    /// Waits; `false` when the server was stopped meanwhile.
    fn wait(&self, time: Duration) -> bool {
        if time.is_zero() {
            return true;
        }
        let stopped = held(&self.stopped);
        let waited = self.stop.wait_timeout_while(stopped, time, |stopped| !*stopped);
        waited.is_ok_and(|(stopped, _)| !*stopped)
    }
}

impl Server {
    /// Starts to listen.
    pub fn start(answering: Arc<Answering>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let open = Arc::new(Open::default());
        let shared = Arc::clone(&open);
        let listener = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.is_stopped() {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let Ok(other) = stream.try_clone() else { continue };
                let (open, answering) = (Arc::clone(&shared), Arc::clone(&answering));
                let thread = thread::spawn(move || {
                    // A client may leave whenever it likes.
                    let _ = converse(&stream, &open, &*answering);
                    let _ = stream.shutdown(Shutdown::Both);
                });
                held(&shared.connections).push((other, thread));
            }
        });
        Ok(Self { address, open, listener: Some(listener) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *held(&self.open.stopped) = true;
        self.open.stop.notify_all();
        // The listener looks up only when somebody comes.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        for (stream, thread) in held(&self.open.connections).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

/// One connection, request after request.
fn converse(stream: &TcpStream, open: &Open, answering: &Answering) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader)? {
        let arrived = Instant::now();
        let delivery = answering(&request, arrived);
        if !open.wait(delivery.after.saturating_sub(arrived.elapsed())) {
            break;
        }
        if !deliver(stream, open, &delivery)? {
            break;
        }
    }
    Ok(())
}

/// Brings an answer; `false` when the connection is to be closed.
fn deliver(mut stream: &TcpStream, open: &Open, delivery: &Delivery) -> io::Result<bool> {
    let Delivery { response, manner, .. } = delivery;
    let mut bytes = response.head();
    let body = &response.body;
    match *manner {
        Manner::Whole => {
            bytes.extend(body);
            stream.write_all(&bytes)?;
        }
        Manner::Slow(time) => {
            stream.write_all(&bytes)?;
            let pieces = body.chunks(body.len().div_ceil(10).max(1));
            let pause = time / u32::try_from(pieces.len()).unwrap_or(1).max(1);
            for piece in pieces {
                if !open.wait(pause) {
                    return Ok(false);
                }
                stream.write_all(piece)?;
            }
        }
        Manner::Cut => {
            bytes.extend(body.iter().take(body.len() / 2));
            stream.write_all(&bytes)?;
            return Ok(false);
        }
        Manner::Never(time) => {
            open.wait(time);
            return Ok(false);
        }
    }
    Ok(true)
}
