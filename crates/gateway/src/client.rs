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

/// What a connection is about, told by who serves it.
#[derive(Debug, Default)]
pub(crate) struct Phase(Cell<Waiting>);

#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Waiting {
    /// For a request to begin.
    #[default]
    Request,
    /// For the rest of its head.
    Head,
    /// For nothing of this connection's: a request is being answered, whose body has limits of its own.
    Answer,
}

impl Phase {
    pub(crate) fn answering(&self) {
        self.0.set(Waiting::Answer);
    }

    pub(crate) fn answered(&self) {
        self.0.set(Waiting::Request);
    }
}

/// Limits how long a request may be waited for, how long its head may take, and how long the client may take
/// nothing of its answer. A timer is only made where something is waited for, and only moved when it goes off or
/// the next limit is nearer: a connection in use costs none.
pub(crate) struct ClientIo {
    stream: TcpStream,
    phase: Rc<Phase>,
    /// Since when `phase` is waited for, where it is.
    since: Option<(Waiting, Instant)>,
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
            since: None,
            reading: None,
            writing: None,
            client_idle: limits.client_idle,
            head_time: limits.head_time,
            body_idle: limits.body_idle,
        }
    }

    fn waited_too_long(&mut self, cx: &mut Context<'_>) -> bool {
        let waiting = self.phase.0.get();
        let limit = match waiting {
            Waiting::Answer => {
                self.since = None;
                return false;
            }
            Waiting::Request => self.client_idle,
            Waiting::Head => self.head_time,
        };
        let since = match self.since {
            Some((same, since)) if same == waiting => since,
            _ => {
                let now = Instant::now();
                self.since = Some((waiting, now));
                now
            }
        };
        let deadline = since + limit;
        let timer = self.reading.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return true;
            }
            timer.as_mut().reset(deadline);
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
                if self.phase.0.get() == Waiting::Request {
                    self.phase.0.set(Waiting::Head);
                }
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
