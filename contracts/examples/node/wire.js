// The envelope, and the id that is derived from it (asyncapi.yaml, "The id is derived, not drawn").
import { createHash } from "node:crypto";

export const CONTENT_TYPE = "application/cloudevents+json";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** Lower-case Base32 (RFC 4648) without padding. */
export function base32(bytes) {
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

/** The same source, subject and number give the same id, for ever. */
export function eventId(source, subject, sequence) {
  const hash = createHash("sha256").update(`${source}\n${subject}\n${sequence}`, "utf8").digest();
  return base32(hash).slice(0, 26);
}

/** What an office says about an assignment. `word` is the event's short name. */
export function report(office, word, sequence, given, data) {
  const source = `/offices/${office}`;
  return {
    specversion: "1.0",
    id: eventId(source, given.assignment_id, sequence),
    source,
    type: `cn.fuyuan.${word}.v1`,
    subject: given.assignment_id,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    sequence,
    causationid: given.cause,
    correlationid: given.case_id,
    data: { assignment_id: given.assignment_id, ...data },
  };
}

/** Read a message; throws an Error that says why it can't be read. */
export function read(body, office) {
  const envelope = JSON.parse(body.toString("utf8"));
  for (const name of ["id", "source", "type", "subject", "time"]) {
    if (typeof envelope?.[name] !== "string") throw new Error(`not an envelope: ${name}`);
  }
  if (envelope.specversion !== "1.0") throw new Error("not an envelope: specversion");
  if (envelope.data === null || typeof envelope.data !== "object") {
    throw new Error("not an envelope: data");
  }
  const about = envelope.data;
  if (envelope.type === "cn.fuyuan.assignment.issued.v1") {
    for (const name of ["assignment_id", "case_id", "office", "task"]) {
      if (typeof about[name] !== "string") throw new Error(`wrong data: ${name}`);
    }
    if (about.office !== office) throw new Error(`is for ${about.office}`);
  }
  return envelope;
}
