// Loaded before the Node.js example: ends the process by SIGKILL at the line that KILL names, once.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { KILL, FOLDER } = process.env;
const [when, what] = (KILL ?? "never none").split(" ");
const { writeSync, fsyncSync } = fs;
let last = "";

function die(now) {
  const once = `${FOLDER}/died-${when}-${what}`;
  if (now === when && last.includes(`"${what}"`) && !fs.existsSync(once)) {
    fs.writeFileSync(once, "");
    process.kill(process.pid, "SIGKILL");
  }
}

fs.writeSync = (file, line, from) => {
  last = line.toString("utf8");
  if (when === "torn" && last.includes(`"${what}"`)) {
    writeSync(file, line.subarray(0, 20));
    die("torn");
  }
  die("before");
  return writeSync(file, line, from);
};
fs.fsyncSync = (file) => {
  fsyncSync(file);
  die("after");
};
syncBuiltinESMExports();
