"""What asyncapi.yaml says in words: the rules no schema can hold."""

from fuyuan_contracts.channels import (
    DELIVERY_LIMIT,
    MAX_MESSAGE_BYTES,
    OFFICE_QUEUE_MESSAGES,
    RETRY_SECONDS,
)
from fuyuan_contracts.ids import event_id
from schema_tools.examples import ASSIGNMENT, OFFICE

SOURCE = f"/offices/{OFFICE}"
WAITS = ", ".join(str(seconds) for seconds in RETRY_SECONDS)

INFO = f"""\
Fuyuan (府院联动) hands the tasks of a case to offices (承办单位) and counts what they answer.
An office runs its own consumer. It reads one queue (channel `inbox`), writes to one exchange
(channel `out`) and declares nothing: its broker user has `configure ^$`, so an active declaration
of a queue or exchange closes the channel. The channel `evt` is the services' own; an office can't
reach it.

## Every message
- AMQP 0-9-1 properties: `delivery_mode` 2 (persistent), `content_type`
  `application/cloudevents+json`, `message_id` = the envelope's `id`. Publish with confirms and
  `mandatory`. No header is needed, and none you set is passed on (`CC`, `BCC`, `reply_to`,
  `expiration`, `priority` neither).
- The body is one CloudEvents 1.0 event in structured JSON, UTF-8, at most {MAX_MESSAGE_BYTES}
  bytes. `sequence` is a JSON number. Ignore a field you don't know, at any depth; an absent field
  and `null` mean the same. Space around a text is dropped. Money is whole fen (1/100 yuan).
- A list marked `x-extensible-enum`, and a `oneOf` told apart by `kind` or `task`, may grow while
  the version stays: answer `failed` to what you can't process. Optional fields may join. Any other
  change is a new version, a new `type`.

## The id is derived, not drawn
`id` = the first 26 characters of the lower-case Base32 (RFC 4648) of the SHA-256 of
`source`, a line feed, `subject`, a line feed and `sequence` in decimal digits (UTF-8). Example:

    source   {SOURCE}
    subject  {ASSIGNMENT}
    sequence 1
    id       {event_id(SOURCE, ASSIGNMENT, 1)}

## What an office writes in the envelope
- `source` is `/offices/` and the office's id, `subject` the assignment's id, `correlationid` the
  case's id, `causationid` the `id` of the event that is answered.
- `sequence` counts the office's reports about *this assignment*: 1, 2, 3. Keep the counter where
  you keep the assignment. The same report sent again has the same number and so the same id, for
  ever. A number that was counted is not counted again, even with another body; a gap does no harm.
- Who speaks is told by the exchange you write to, never by the body. A report about another
  office's assignment, with the outcome of another task, or after the end is parked for the
  operators.

## Delivered, received, resolved
- `delivered` 送达: your *program* has stored the assignment durably. Send it first, and again each
  time the assignment comes again in a new message (as a new report with the next number).
- `received` 签收: a *person* has it, or a policy your office has declared says so.
- `accepted` 受理, `progressed` 进展 (any number); then one of `resolved` 办结 with the outcome
  of that task, `returned` 退回 with a reason and, if you know it, the better office, or
  `failed`: your program can't process it. A later word implies the earlier ones.
- A broker's acknowledgement is none of these. What is in time is judged by the server's clock;
  `concluded_on` is the business date (Asia/Shanghai) that figures use.

## What may arrive twice
- The same message: the broker gives again what was not acknowledged; a replay keeps its `id`.
- The same assignment in another message (another `id`, the same `assignment_id`): it is issued
  again while no `delivered` has come, with growing waits, a bounded number of times; then the
  liaison office takes over. Drop repeats by `assignment_id`, but answer `delivered` again. A task
  that comes back to you after a return has a new round, so a new `assignment_id`.
- Messages may overtake each other.

## When something fails
- Acknowledge only after you have stored the assignment and the report you are going to send.
  Consume with a bounded prefetch. After {DELIVERY_LIMIT} deliveries without an acknowledgement a
  message is parked for the operators, who can replay it. To wait, keep the message; don't requeue
  it in a loop.
- A publish that was not confirmed, was refused (your queue holds {OFFICE_QUEUE_MESSAGES} messages)
  or came back as unroutable was not sent: send the same message again, with a growing wait.
- On the other side a report that can't be handled yet is tried again after {WAITS} seconds, then
  parked. One that can't be read (not JSON, no envelope, an unknown type, wrong data) is parked at
  once. Its neighbours are not affected.
"""

INBOX = """\
The office's inbox, a quorum queue. Its name ends in a secret suffix that comes with the
credentials. What comes here is for you, from routing: `assignment.issued`, and `access.revoked`
when a key of one of your officers is void (acknowledge it; it matters only to a service that lets
officers in with such keys). Keep a type you don't know aside for a person, and acknowledge it.
"""

OUT = """\
The office's exchange: a fanout, so the routing key doesn't matter (leave it empty). It leads to
one bounded queue that only the routing service reads.
"""

EVT = """\
The services' own events; no office reads or writes here. Topic exchange, routing key `<event>`
or, for what is about a case, `<event>.<kind of case>`, such as `case.filed.bankruptcy`. What no
binding wants goes to the exchange `unrouted`. Each service has one quorum queue `q.<service>`.
A service's `source` is `/services/<service>`, its `subject` the case, project or key.
Its sequence has gaps: what happened but is not told counts, too. `assignment.*` here is routing's
own word, with `context`, after it has checked what the office said.
"""
