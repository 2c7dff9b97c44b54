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
- A list marked `x-extensible-enum`, and a `oneOf` told apart by `kind`, `task` or `step`, may grow
  while the version stays: take its values as text, and answer `failed` to an assignment you can't
  process. Optional fields may join. Any other change is a new version, a new `type`.
- Texts for people are Chinese, often with English behind ` / `. Times are RFC 3339 with a zone
  (UTC), days `YYYY-MM-DD` in Asia/Shanghai.

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
- `sequence` counts the office's reports about *this assignment*: 1, 2, 3, over all types. Keep the
  counter where you keep the assignment, and store the report with its number before you send it.
  The same report sent again has the same number and so the same id, for ever. A number that was
  counted is not counted again, even with another body; a gap does no harm.
- `data` has `assignment_id`, the fields of its own schema, and if you like `by`, the officer's
  name. `context` is set by routing on what it passes on; leave it out.
- Who speaks is told by the exchange you write to, never by the body.

## Delivered, received, resolved
- `delivered` 送达: your *program* has stored the assignment durably. Send it first, and again each
  time the assignment comes again in a new message (as a new report with the next number).
- `received` 签收: a *person* has it, or a policy your office has declared says so.
- `accepted` 受理, `progressed` 进展 (up to 200, each with a note and, where such steps are
  counted, a `step`); then one of `resolved` 办结 with the outcome of that task (told apart by
  `task`), `returned` 退回 with a reason and, if you know it, the better office, or `failed`: your
  program can't process it. A later word implies the earlier ones.
- A broker's acknowledgement is none of these. What is in time is judged by the server's clock;
  `concluded_on` is the business date (Asia/Shanghai) that figures use.

## Asking the filer
- `information.requested` 要求补充材料: a question to the filer. `request` counts your questions
  about this assignment from 1; the next may be asked when the last was answered.
- From then on the clock of the assignment stands still. The answer comes to your inbox as
  `information.supplied` with the same `request`, the answer, its files and the new
  `resolution_due`, moved by the working days that were waited. You may resolve or return without
  waiting.
- Files (`attachments`) travel as a name, a media type, a size and the SHA-256 of their bytes. The
  bytes are fetched over HTTP from the intake service,
  `GET /v1/cases/<case_id>/attachments/<attachment_id>`, with a key of one of your officers.
  Compare the SHA-256. A file that joins later comes as `case.attached`.

## Recalled, refused
- `assignment.recalled` 撤回交办: you have nothing to do any more. `why` says whether the case was
  `withdrawn` or `concluded` by its filer, `recalled` by the liaison office, or `transferred` to
  another office. Stop, and say nothing more about it; what you say nevertheless is refused (your
  `delivered` or `failed` that crossed it on the way does no harm). It may overtake the assignment
  itself: remember an `assignment_id` that was recalled, and don't begin with it when it comes.
- `assignment.refused`: something you said was not taken: about an assignment that is not yours,
  never was or was recalled, after the end, out of order, with data that don't fit their schema,
  the outcome or a step of another task, a day to come (`…_on`), or somebody's resident id or phone
  number (in any text, `by` too: an officer reads those at intake, the bus never has them), or said
  before with other words. `message_id` is the `id` of your message, `said` its short name, `field`
  the path of the wrong field in your `data` where it is one, `error` the reason. Nothing has
  changed by your message. Don't send it again; correct it and send it as a new report with the next
  number, or show it to a person.
- A repeat with the same words is not refused: it is taken as said once. After the end (`resolved`,
  `returned`) what has a lower `sequence` was only overtaken, and does no harm; so does `delivered`.

## Told besides
- `case.clustered` 类案: the case is like others of late (the same party, project or action). For a
  person to know; there is nothing to answer. Comes again when there are more of them.
- `assignment.urged` 催办: a deadline (`what`: receipt or resolution) is near or has passed, or the
  liaison office urges with its own `reason`. Do the task, or say `received`; the urge itself is
  answered with nothing.
- `instruction.issued` 批示: a leader's instruction that your office owns, with the day it is due
  and, where it is about one, the case and your assignment. An officer closes it over HTTP at the
  liaison service; show it to a person.
- `case.linked` 关联: a person has linked the case to another: its id (`other`), how they are
  related and why. You may not see that case unless you have a task of it. For a person to know.
- `assignment_ids` in `case.attached`, `case.clustered` and `case.linked` are your own open
  assignments of the case. These three, `assignment.refused` and `access.revoked` are answered with
  nothing, too.

## What may arrive twice
- The same message: the broker gives again what was not acknowledged; a replay keeps its `id`. Tell
  repeats by the envelope's `id`, not by AMQP's `message_id` (a copy for one of several offices has
  the office behind it).
- The same assignment in another message (another `id`, the same `assignment_id`): it is issued
  again while no `delivered` has come, with growing waits, a bounded number of times; then the
  liaison office takes over. Drop repeats by `assignment_id`, but answer `delivered` again. A task
  that comes back to you after a return has a new round, so a new `assignment_id`.
- Messages may overtake each other: what is said of an assignment you don't know yet is kept until
  the assignment comes. `sequence` of what comes from routing counts up per case and has gaps (what
  others were told); the higher number is the later word.

## When something fails
- Acknowledge only after you have stored the assignment and the report you are going to send.
  Consume with a bounded prefetch. After {DELIVERY_LIMIT} deliveries without an acknowledgement a
  message is parked for the operators, who can replay it. To wait, keep the message; don't requeue
  it in a loop.
- A publish that was not confirmed, was refused (your queue holds {OFFICE_QUEUE_MESSAGES} messages)
  or came back as unroutable was not sent: send the same message again, with a growing wait.
- On the other side a report that can't be handled yet is tried again after {WAITS} seconds, then
  parked for the operators, such as one about a case nobody knows. One that can't be read (not JSON,
  no envelope, an unknown type or version, no `assignment_id`) is parked at once. Its neighbours are
  not affected. Data that don't fit their schema are answered with `assignment.refused`. Check what
  you send against the schemas below.

## A consumer, step by step
1. Connect with the office's user and password to the virtual host (TLS), open a channel, set a
   prefetch of some tens, turn on confirms.
2. Consume the inbox by its full name with manual acknowledgement; don't declare anything.
3. For each message: read the envelope. If its `id` is stored already, acknowledge and go on. Else,
   in one local transaction, store it and, for `assignment.issued`, the report `delivered` with the
   next `sequence` of this `assignment_id` (1 for the first). Then acknowledge.
4. Publish each stored report that isn't marked as sent, in the order of its numbers, to
   `office.<office>.out` with an empty routing key, persistent and mandatory; mark it as sent when
   the broker has confirmed it and not returned it.
5. What a person or your program decides later becomes a stored report with the next number, and
   leaves the same way.
6. When the connection is lost, connect again with a growing wait and go on with 2. On a stop:
   cancel the consumer, finish what was begun, close.
"""

INBOX = """\
The office's inbox, a quorum queue. Its name ends in a secret suffix that comes with the
credentials. What comes here is for you, from routing: `assignment.issued` and what happens to it
afterwards (`assignment.recalled`, `assignment.refused`, `assignment.urged`, `information.supplied`,
`case.attached`, `case.clustered`, `case.linked`); from the liaison office `instruction.issued`; and
`access.revoked` when a key of one of your officers is void (acknowledge it; it matters only to a
service that lets officers in with such keys). Keep a type you don't know aside
for a person, and acknowledge it.
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
