#!/usr/bin/env node
// Starts the program of this platform's package, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");

const name = `@hallpass/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "hallpass.exe" : "hallpass";

let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(`error: there is no program for ${process.platform} on ${process.arch} here
  caused by: the package \`${name}\` is not installed
hint: install hallpass again without \`--omit=optional\`; docs/platforms.md lists the platforms`);
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: false });
// A terminal sends Ctrl-C to both; the program decides what it means.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`error: cannot start \`${program}\`\n  caused by: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
