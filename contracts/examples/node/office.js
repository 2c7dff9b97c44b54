// An office's consumer in plain Node.js, written from asyncapi.yaml alone. It keeps what comes in a
// journal before it acknowledges, drops repeats, handles one task, and sends until it is confirmed.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import amqp from "amqplib";
import { Journal } from "./journal.js";
import { CONTENT_TYPE, read, report } from "./wire.js";

const { FUYUAN_OFFICE: office, FUYUAN_AMQP_URL: url, FUYUAN_INBOX: inbox } = process.env;
const WAITS = [200, 500, 1000, 2000, 5000, 10000, 30000];
const PREFETCH = 20;
const journal = new Journal(process.env.FUYUAN_STORE ?? `${office}.jsonl`);
let stopping = false;
let wake = () => {};

// What this office does by itself, by task: the reports to make, in order. Others wait for a person.
const HANDLERS = {
  tax_clearance: () => [
    ["assignment.accepted", { by: "王科员" }],
    ["assignment.resolved", { by: "王科员", outcome: clearance() }],
  ],
};

function clearance() {
  const today = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10); // Asia/Shanghai
  return { task: "tax_clearance", concluded_on: today, owed_fen: 1250000 };
}

function log(text, more = {}) {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), text, ...more })}\n`);
}

/** Store a message, together with what has to be said at once. After it, it may be acknowledged. */
function take(body) {
  let envelope;
  try {
    envelope = read(body, office);
  } catch (error) {
    journal.append({ unreadable: body.toString("base64"), why: error.message });
    return log("kept for a person", { why: error.message });
  }
  if (journal.messages.has(envelope.id)) return log("repeated", { id: envelope.id });
  const { type, data } = envelope;
  if (type === "cn.fuyuan.assignment.issued.v1") {
    const { assignment_id, case_id } = data;
    const given = { assignment_id, case_id, task: data.task, cause: envelope.id };
    const number = (journal.assignments.get(assignment_id)?.sequence ?? 0) + 1;
    // again each time it comes in a new message: routing hasn't heard of it
    const said = [report(office, "assignment.delivered", number, given, {})];
    journal.append({ message: envelope.id, given, said, kept: envelope });
  } else if (type === "cn.fuyuan.assignment.recalled.v1") {
    journal.append({ message: envelope.id, recalled: data.assignment_id, kept: envelope });
  } else {
    journal.append({ message: envelope.id, kept: envelope }); // aside, for a person
  }
  log("stored", { id: envelope.id, type });
}

/** Do what is not done yet; what is said and that it is done are one line, so one effect. */
function handle() {
  for (const [id, known] of journal.assignments) {
    const handler = HANDLERS[known.given?.task];
    if (!handler || known.handled || known.recalled) continue;
    const said = handler().map(([word, data], at) =>
      report(office, word, known.sequence + 1 + at, known.given, data),
    );
    journal.append({ handled: id, said });
    log("handled", { assignment: id });
  }
}

/** Publish what is unsent, one after the other; a line breaks here, and the same is sent again. */
async function send(channel) {
  for (const envelope of [...journal.unsent.values()]) {
    const returned = new Promise((resolve) => channel.once("return", () => resolve(true)));
    const confirmed = new Promise((resolve, reject) => {
      const options = {
        persistent: true,
        mandatory: true,
        contentType: CONTENT_TYPE,
        messageId: envelope.id,
      };
      const body = Buffer.from(JSON.stringify(envelope), "utf8");
      const done = (error) => (error ? reject(error) : resolve(false));
      channel.publish(`office.${office}.out`, "", body, options, done);
    });
    if (await Promise.race([returned, confirmed])) throw new Error("returned as unroutable");
    channel.removeAllListeners("return");
    journal.append({ sent: envelope.id });
  }
}

/** One connection, until it is lost or it is time to stop. */
async function serve() {
  const ca = process.env.FUYUAN_CA ? [readFileSync(process.env.FUYUAN_CA)] : undefined;
  const connection = await amqp.connect(url, { ca, timeout: 15000 });
  let lost = null;
  const lose = (error) => {
    lost ??= error ?? new Error("connection closed");
    wake();
  };
  connection.on("error", lose).on("close", lose);
  try {
    const incoming = await connection.createChannel();
    const outgoing = await connection.createConfirmChannel();
    for (const channel of [incoming, outgoing]) channel.on("error", lose).on("close", lose);
    await incoming.prefetch(PREFETCH);
    const { consumerTag } = await incoming.consume(inbox, (message) => {
      if (message === null) return lose(new Error("the broker has cancelled the consumer"));
      take(message.content);
      incoming.ack(message);
      wake();
    });
    log("reading the inbox");
    while (!lost && !stopping) {
      const news = new Promise((resolve) => {
        wake = resolve;
      });
      handle();
      await send(outgoing);
      if (!lost && !stopping && journal.unsent.size === 0) await news;
    }
    if (lost) throw lost;
    await incoming.cancel(consumerTag);
    handle();
    await send(outgoing);
  } finally {
    await connection.close().catch(() => {});
  }
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    stopping = true;
    wake();
  });
}

for (let failures = 0; !stopping; ) {
  const since = Date.now();
  try {
    await serve();
  } catch (error) {
    failures = Date.now() - since > 10000 ? 1 : failures + 1;
    log("broker", { error: error.message });
    const rest = new Promise((resolve) => {
      wake = resolve;
    });
    const wait = WAITS[Math.min(failures, WAITS.length) - 1];
    if (!stopping) await Promise.race([rest, sleep(wait, undefined, { ref: true })]);
  }
}
journal.close();
log("stopped");
process.exit(0);
