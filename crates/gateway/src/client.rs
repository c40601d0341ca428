//! A client's connection, with time limits on what it sends and takes.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Limits;

/// What a connection waits for and since when, told by who serves it.
#[derive(Debug)]
pub(crate) struct Phase(Cell<(Waiting, Instant)>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Waiting {
    /// For a request to begin.
    Request,
    /// For the rest of its head.
    Head,
    /// For nothing of this connection's: a request is being answered, whose body has limits of its own.
    Answer,
}

impl Phase {
    pub(crate) fn new() -> Self {
        Phase(Cell::new((Waiting::Request, Instant::now())))
    }

    pub(crate) fn answering(&self) {
        let (_, since) = self.0.get();
        self.0.set((Waiting::Answer, since));
    }

    pub(crate) fn answered(&self) {
        self.0.set((Waiting::Request, Instant::now()));
    }

    fn read(&self) {
        if self.0.get().0 == Waiting::Request {
            self.0.set((Waiting::Head, Instant::now()));
        }
    }
}

/// Limits how long a request may be waited for, how long its head may take, and how long the client may take
/// nothing of its answer.
///
/// One timer looks after reading. It is not moved with each request but looks, when it goes off, how things stand:
/// a connection in use costs next to none. It must always be running: hyper asks for the next request before it
/// lets go of the last answer, and nobody asks again then.
pub(crate) struct ClientIo {
    stream: TcpStream,
    phase: Rc<Phase>,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
    client_idle: Duration,
    head_time: Duration,
    body_idle: Duration,
}

impl ClientIo {
    pub(crate) fn new(stream: TcpStream, phase: Rc<Phase>, limits: &Limits) -> Self {
        ClientIo {
            stream,
            phase,
            reading: None,
            writing: None,
            client_idle: limits.client_idle,
            head_time: limits.head_time,
            body_idle: limits.body_idle,
        }
    }

    /// When the client must have sent something; `None` while it need not.
    fn deadline(&self) -> Option<Instant> {
        match self.phase.0.get() {
            (Waiting::Request, since) => Some(since + self.client_idle),
            (Waiting::Head, since) => Some(since + self.head_time),
            (Waiting::Answer, _) => None,
        }
    }

    fn waited_too_long(&mut self, cx: &mut Context<'_>) -> bool {
        let deadline = self.deadline();
        // No deadline that begins meanwhile ends before that.
        let next_look = || deadline.unwrap_or_else(|| Instant::now() + self.client_idle.min(self.head_time));
        let timer = self.reading.get_or_insert_with(|| Box::pin(sleep_until(next_look())));
        if deadline.is_some_and(|deadline| timer.deadline() > deadline) {
            timer.as_mut().reset(next_look());
        }
        while timer.as_mut().poll(cx).is_ready() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return true;
            }
            timer.as_mut().reset(next_look());
        }
        false
    }

    fn write_result<T>(&mut self, result: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.writing = None;
            return result;
        }
        let limit = self.body_idle;
        let timer = self.writing.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(result) => {
                self.phase.read();
                Poll::Ready(result)
            }
            Poll::Pending if self.waited_too_long(cx) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.write_result(result, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.write_result(result, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.write_result(result, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
