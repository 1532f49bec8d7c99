"""Submissions that wait at the same moment go in together, and share one commit.

One leader takes whatever waits; what comes meanwhile is the next batch. Each is decided by itself
(`taking.take`), whatever becomes of the others. Should the transaction fail for all, none of them
is to suffer for another: each is then carried out alone.

Only for organizations' own keys: a transaction may see the organizations of those that are in it,
and each of these keys may see its own.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from app import crashpoints, sql
from app.access.callers import Caller
from app.assessments import push, related, taking
from app.assessments.incoming import Checked, Incoming, Push
from app.assessments.replies import Reply, reply_to
from app.assessments.submissions import Stored
from app.audit.chain import Signer
from app.audit.service import Actor, Event, append_at, ask_places
from app.db import Scope, enter
from app.exchange import Exchange, Line
from app.organizations import service as organizations
from app.organizations.references import Own, ask_own, own_named, own_of
from app.problems import Problem

MOST = 64
"""Submissions of one transaction."""

OVERTAKEN_SECONDS = 0.05
"""Whatever a batch waits for longer than this, others do not wait for as well."""

GATHERED_SECONDS = 0.002
"""How long a batch waits for as many as there were."""

HELD_SECONDS = 0.5
"""How long a connection is kept for what goes on coming; others want one too."""

MOST_LEADERS = 3
"""Batches that are under way at once, of the ten connections that there are by default."""

OPERATION = "POST /v1/organizations/{org}/submissions"


class AloneError(Exception):
    """Those that it came with could not be kept: it is to be carried out alone."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A submission that waits for the next transaction."""

    caller: Caller
    reference: str
    sender: Push
    body: Checked | Problem
    done: asyncio.Future[Reply] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def come_to(self, outcome: Reply | Exception) -> None:
        """Tell whoever asked, who may be gone."""
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)

    def event(self, stored: Stored) -> str:
        """What the audit trail says of it."""
        actor = Actor(self.caller.kind.value, self.caller.client_id, self.caller.key_id)
        status = 200 if stored.replayed else 201
        return Event(self.sender.now, OPERATION, actor, status).body(stored.href)


class Together:
    """What waits to be taken in by one process."""

    def __init__(self, engine: AsyncEngine, signer: Signer) -> None:
        self._engine, self._signer = engine, signer
        self._waiting: deque[Waiting] = deque()
        self._leaders: dict[asyncio.Task[None], bool] = {}
        """Those at work, and whether what comes now should wait for them."""
        self._enough: asyncio.Event | None = None
        self._expected = 0

    async def submit(self, one: Waiting) -> Reply:
        """Take a submission in with those that come at the same moment.

        Raises:
            AloneError: it is to be carried out alone.
            Problem: what is wrong with it, or with who sends it.
        """
        self._waiting.append(one)
        if self._enough is not None and len(self._waiting) >= self._expected:
            self._enough.set()
        self._lead()
        return await one.done

    def _lead(self) -> None:
        if self._waiting and len(self._leaders) < MOST_LEADERS and not any(self._leaders.values()):
            leader = asyncio.create_task(self._work())
            self._leaders[leader] = True
            leader.add_done_callback(self._ended)

    def _ended(self, leader: asyncio.Task[None]) -> None:
        self._leaders.pop(leader)
        self._lead()

    def _overtake(self, leader: asyncio.Task[None]) -> None:
        if leader in self._leaders:
            self._leaders[leader] = False
            self._lead()

    async def _work(self) -> None:
        """Take in what waits, until nothing does or it takes too long."""
        loop, leader = asyncio.get_running_loop(), asyncio.current_task()
        if leader is None:
            raise AssertionError("a leader is a task")
        until = loop.time() + HELD_SECONDS
        timer = loop.call_later(OVERTAKEN_SECONDS, self._overtake, leader)
        try:
            async with sql.connected(self._engine) as line:
                while self._waiting:  # even if it took long to get here: else nobody might
                    batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                    timer.cancel()
                    timer = loop.call_later(OVERTAKEN_SECONDS, self._overtake, leader)
                    good = await self._carry_out(line, batch)
                    if not good or not self._leaders[leader] or loop.time() >= until:
                        break
                    await self._gather(len(batch))
        except (DBAPIError, PoolTimeoutError) as exc:  # no connection: nobody can be served
            while self._waiting:
                self._waiting.popleft().come_to(exc)
        finally:
            timer.cancel()

    async def _gather(self, answered: int) -> None:
        """Where many come together, wait a moment for those who were just answered."""
        if answered == 1:
            return
        self._expected = min(MOST, answered + len(self._waiting))
        self._enough = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(GATHERED_SECONDS, self._enough.set)
        await self._enough.wait()
        self._enough = None
        timer.cancel()

    async def _carry_out(self, line: Line, batch: Sequence[Waiting]) -> bool:
        """Whether the connection is good for another batch."""
        try:
            outcomes = await self._transaction(line, batch)
        except Exception as exc:  # noqa: BLE001 - whatever it was, somebody waits to hear of it
            # Of one it is its own, and of a database that is away it is everybody's.
            shared = len(batch) == 1 or _is_away(exc)
            for one in batch:
                one.come_to(exc if shared else AloneError())
            return False
        for one, outcome in zip(batch, outcomes, strict=True):
            one.come_to(outcome)
        return True

    async def _transaction(self, line: Line, batch: Sequence[Waiting]) -> list[Reply | Problem]:
        """What becomes of each; the database and we work at the same time where we can."""
        ids = sorted({one.sender.organization_id for one in batch})
        incoming = _incoming(batch)
        async with sql.transaction(line) as session:
            await enter(session, Scope(organizations=tuple(ids)))
            owned = await ask_own(session, ids)
            asked = await related.ask(session, incoming)
            session.go()
            for one in incoming.values():
                one.checked.scored  # noqa: B018 - worked out now
            own = await own_of(owned)
            outcomes: dict[int, Stored | Problem] = {}
            for number, waiting in enumerate(batch):
                refused = _refusal(waiting, own.get(waiting.sender.organization_id))
                if refused is not None:
                    outcomes[number] = refused
                    incoming.pop(number, None)
            found = await taking.found_for(incoming, asked)
            outcomes |= await taking.take_found(session, incoming, found)
            crashpoints.reach("carried-out")
            await self._tell(session, batch, outcomes)
            crashpoints.reach("audited")
            session.go()
            replies = [_reply(one, outcomes[number]) for number, one in enumerate(batch)]
            crashpoints.reach("written")
        crashpoints.reach("committed")
        return replies

    async def _tell(
        self,
        session: Exchange,
        batch: Sequence[Waiting],
        outcomes: Mapping[int, Stored | Problem],
    ) -> None:
        """Last of all, as others wait for the trails from here on."""
        told: dict[UUID, list[tuple[Waiting, Stored]]] = defaultdict(list)
        for number, one in enumerate(batch):
            outcome = outcomes[number]
            if isinstance(outcome, Stored) and not outcome.repeats_key_of(one.sender):
                told[one.sender.organization_id].append((one, outcome))
        if not told:
            return
        asked = await ask_places(session, {chain: len(of) for chain, of in told.items()})
        session.go()
        events = {chain: [one.event(stored) for one, stored in of] for chain, of in told.items()}
        await append_at(session, asked, events, signer=self._signer)


def _incoming(batch: Sequence[Waiting]) -> dict[int, Incoming]:
    """By number, those that are right in themselves."""
    return {
        number: push.named(one.sender, one.body)
        for number, one in enumerate(batch)
        if isinstance(one.body, Checked)
    }


def _reply(one: Waiting, outcome: Stored | Problem) -> Reply | Problem:
    return outcome if isinstance(outcome, Problem) else reply_to(one.sender, outcome)


def _is_away(exc: Exception) -> bool:
    """Whether there was no answer at all, rather than a refusal."""
    if isinstance(exc, DBAPIError):
        return isinstance(exc.orig, psycopg.Error) and exc.orig.sqlstate is None
    return isinstance(exc, PoolTimeoutError)


def _refusal(one: Waiting, own: Own | None) -> Problem | None:
    """Why nothing is taken in from who asks, or this is not."""
    try:
        organizations.check_own_intake(own_named(own, one.reference), now=one.sender.now)
    except Problem as problem:
        return problem
    return one.body if isinstance(one.body, Problem) else None
