// Prints the documents of YAML files as JSON, a list a file, as Node's `yaml` reads them:
// by YAML 1.1 and by 1.2, which have to agree. The first argument is where `yaml` lies.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { deepStrictEqual } from "node:assert";

const [packages, ...paths] = process.argv.slice(2);
const { parseAllDocuments } = createRequire(packages)("yaml");

function documents(text, version) {
  return parseAllDocuments(text, { version, strict: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS();
  });
}

const files = {};
for (const path of paths) {
  const text = readFileSync(path, "utf8");
  files[path] = documents(text, "1.2");
  deepStrictEqual(documents(text, "1.1"), files[path], path);
}
process.stdout.write(JSON.stringify(files));
