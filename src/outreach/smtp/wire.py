"""The connection as we use it for mail: bytes out, whole replies in, and no trust left after the first disorder."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from math import inf

from outreach.model import Answer, Lost, Reply, Stage
from outreach.smtp.replies import MalformedReply, ReplyReader, WholeReply, build_reply, show, usual_reply

_VARIES = (Stage.BODY, Stage.DOT)  # at these a relay names each letter


class Wire(asyncio.Protocol):
    """Takes over a connected transport. Replies belong to what was asked, in order; whatever else arrives ends it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        # What is asked and not answered, and how long each answer may take.
        self._awaited: deque[tuple[Stage, float]] = deque()
        self._arrived: list[Answer] = []  # replies not collected yet
        self.flushed = True  # everything written has left for the kernel; after a loss: it had left by then
        self.dot_written = False  # of the letter last begun: whoever writes letters keeps this
        self.final_heard: Reply | None = None  # to all of that letter, collected or not
        self.lost = ""  # why the connection can't be used any more; empty while it can
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None
        self._wanted = 0  # replies that the waiter waits for
        self._deadline = inf  # of the first reply that is awaited; infinite while nobody waits for it
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        # A buffer with anything in it counts as full, so "flushed" means that the kernel has every byte. Under TLS
        # the limit is inclusive and counts only what is not yet with the transport below.
        encrypted = transport.get_extra_info("sslcontext") is not None
        transport.set_write_buffer_limits(high=1 if encrypted else 0, low=0)
        transport.set_protocol(self)

    @property
    def takes_bytes(self) -> bool:
        """Whether what is written now may leave; certainly not once the connection is closing."""
        return not self.lost and not self._transport.is_closing()

    @property
    def answered(self) -> bool:
        """Whether a reply is here that was not collected."""
        return bool(self._arrived)

    @property
    def uncollected(self) -> Sequence[Answer]:
        """The replies that are here and were not collected."""
        return self._arrived

    def await_replies(self, awaited: Iterable[tuple[Stage, float]]) -> None:
        """What is written next asks for these: at each stage one reply, within so many seconds of the one before."""
        self._awaited.extend(awaited)

    def write(self, data: bytes | memoryview) -> None:
        """Send bytes."""
        if self.takes_bytes:
            self._transport.write(data)
        # A connection that broke before or in this very write says so to us only later; these bytes went nowhere.
        if not self.takes_bytes:
            self.flushed = False

    async def drain(self, seconds: float) -> None:
        """Wait until all is flushed, a reply is here, or the connection is lost; a stall ends the connection."""
        if self.flushed:
            return
        if not await self._wait_for(lambda: self.flushed or self.answered or bool(self.lost), seconds):
            self.abort(f"the relay took no data for {seconds:g} s")

    async def replies(self, count: int) -> list[Answer]:
        """The next so many answers of what was asked; a Lost for each that does not come.

        Each is to be whole by its deadline: single bytes that drip in don't extend it.
        """
        while (missing := count - len(self._arrived)) > 0 and not self.lost:
            self._start_clock()
            self._wanted = count
            self._waiter = self._loop.create_future()
            await self._waiter
        self._deadline = inf
        answers: list[Answer] = self._arrived[:count]
        del self._arrived[:count]
        if missing > 0:
            answers += [Lost(self._awaited.popleft()[0], self.lost) for _ in range(missing)]
        return answers

    async def ask(self, command: bytes, stage: Stage, seconds: float) -> Answer:
        """Send a command and wait for its reply."""
        self.await_replies([(stage, seconds)])
        self.write(command)
        return (await self.replies(1))[0]

    def abort(self, reason: str) -> None:
        """Close at once; what is still buffered is dropped. Replies that came before stay to be collected."""
        self._lose(reason)
        self._transport.abort()
        self._wake()

    async def close(self, seconds: float) -> None:
        """Close in good order, or at once if that takes longer."""
        self._lose("closed by us")
        self._transport.close()
        if not await self._wait_for(lambda: self._closed, seconds):
            self._transport.abort()

    # --- what the event loop calls ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """A piece of a reply, several replies, or something nobody asked for."""
        if self.lost:
            return
        if not self._awaited:
            self._distrust(f'the relay spoke unasked, "{show(data[:200]).strip()}"')
            return
        whole: list[WholeReply] = []
        problem = ""
        try:
            whole.extend(self._reader.feed(data))
        except MalformedReply as malformed:
            problem = str(malformed)
        missing = len(self._awaited) - len(whole)
        if missing < 0 or (missing == 0 and (problem or self._reader.midway)):
            # It can't be told which of them answers what, so none of this piece is believed: a refusal could be
            # recorded as an acceptance.
            self._distrust(f'something follows the reply: "{show(data[-200:]).strip()}"')
            return
        if whole:
            self._take(whole)
        if problem:
            self._distrust(problem)
        elif len(self._arrived) >= self._wanted:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The relay, the network or we have ended the connection."""
        self._closed = True
        self._lose(self._describe_loss(exc))
        self._wake()

    def pause_writing(self) -> None:
        """The kernel did not take everything."""
        self.flushed = False

    def resume_writing(self) -> None:
        """The kernel has everything."""
        self.flushed = True
        self._wake()

    # ------------------------------------------------------------------------------------------------------------------

    def _take(self, whole: Iterable[WholeReply]) -> None:
        """Pair each with what was asked; the time for the next begins."""
        for one in whole:
            stage = self._awaited.popleft()[0]
            reply = build_reply(stage, one.code, one.lines) if stage in _VARIES else usual_reply(stage, one)
            self._arrived.append(reply)
            if stage is Stage.DOT and self.dot_written and self.flushed:
                self.final_heard = reply
            if one.code == 421:  # "closing": nothing more comes, even where the connection stays open
                self.abort(f"the relay answered 421 {reply.text}".rstrip())
                return
        if self._awaited and self._deadline != inf:
            self._start_clock()

    def _distrust(self, problem: str) -> None:
        self.abort(f"malformed reply: {problem}")

    def _lose(self, reason: str) -> None:
        self.lost = self.lost or reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _describe_loss(self, exc: Exception | None) -> str:
        if self._reader.midway:
            return "connection closed in the middle of a reply"
        if exc is None:
            return "connection closed by the relay"
        return "connection reset" if isinstance(exc, ConnectionError) else f"connection lost: {exc}"

    def _start_clock(self) -> None:
        """One timer for all replies: it looks again when the deadline has moved on."""
        if self._awaited:
            self._deadline = self._loop.time() + self._awaited[0][1]
            if self._timer is None or self._timer_at > self._deadline:
                self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._deadline
        self._timer = self._loop.call_at(self._timer_at, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        if self._deadline == inf or not self._awaited:  # all came while the loop was busy
            return
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self.abort(f"no reply within {self._awaited[0][1]:g} s")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait_for(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Whether it happened in time."""
        if happened():
            return True
        self._wanted = 1
        try:
            async with asyncio.timeout(seconds):
                while not happened():
                    self._waiter = self._loop.create_future()
                    await self._waiter
        except TimeoutError:
            return False
        return True
