// What an office was given and what it said: an append-only file, one JSON object a line. A line is
// one change, on the disk when `append` returns; a line that a crash has torn was never acknowledged.
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

export class Journal {
  constructor(path) {
    this.assignments = new Map(); // by assignment_id: { given, sequence, recalled, handled }
    this.messages = new Set(); // ids of the messages that are stored
    this.unsent = new Map(); // reports by id, in the order they were said
    this.file = openSync(path, "a+", 0o600);
    const text = readFileSync(path, "utf8");
    const whole = text.lastIndexOf("\n") + 1;
    if (whole < text.length) ftruncateSync(this.file, Buffer.byteLength(text.slice(0, whole)));
    for (const line of text.slice(0, whole).split("\n")) {
      if (line) this.#apply(JSON.parse(line));
    }
  }

  append(change) {
    const line = Buffer.from(`${JSON.stringify(change)}\n`, "utf8");
    let written = 0;
    while (written < line.length) written += writeSync(this.file, line, written);
    fsyncSync(this.file);
    this.#apply(change);
  }

  close() {
    closeSync(this.file);
  }

  #apply({ message, given, recalled, handled, said = [], sent }) {
    if (message) this.messages.add(message);
    if (given || recalled) {
      const id = given?.assignment_id ?? recalled;
      const known = this.assignments.get(id) ?? { sequence: 0, recalled: false, handled: false };
      known.given ??= given;
      known.recalled ||= Boolean(recalled);
      this.assignments.set(id, known);
    }
    if (handled) this.assignments.get(handled).handled = true;
    for (const envelope of said) {
      const known = this.assignments.get(envelope.subject);
      known.sequence = Math.max(known.sequence, envelope.sequence);
      this.unsent.set(envelope.id, envelope);
    }
    if (sent) this.unsent.delete(sent);
  }
}
