import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { inRoot, root } from './paths.mjs';

const rulesPage = 'docs/security-rules.md';
const folders = ['src', 'deploy', 'test', 'config', 'docs', '.ci'];
const text = /\.(ts|tsx|mjs|cjs|md|yaml|yml|json)$/;

/** Papers that are not in the repository: whoever reads the code cannot open them. */
const foreignPapers = /\b(SECURITY|DESIGN|CODE|experience|standards|attacks|field)\.md\b/;

/** `security-rules.md 6`, `security-rules.md 14, 15`, `security-rules.md 4 and 6`, `security-rules.md 1-7`. */
const citation = /security-rules\.md (\d+(?:(?:, | and |-)\d+)*)/g;

function filesBelow(folder) {
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && text.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.split(sep).includes('node_modules'));
}

const nameOf = (path) => path.slice(root.length + 1).replaceAll(sep, '/');

/** Every rule of the page by its number, with the lines under its heading. */
function readRules(page) {
  const rules = new Map();
  for (const section of page.split(/^### /m).slice(1)) {
    const number = /^(\d+)\. /.exec(section)?.[1];
    if (number !== undefined) rules.set(Number(number), section);
  }
  return rules;
}

function* problemsOfRule(number, section) {
  const proof = /^(Tested by|Not built yet): (.*)$/m.exec(section);
  if (proof === null) yield `${rulesPage}: rule ${number} says neither "Tested by:" nor "Not built yet:".`;
  for (const [, path] of section.matchAll(/`(test\/[^`]+)`/g)) {
    if (!existsSync(inRoot(...path.split('/'))))
      yield `${rulesPage}: rule ${number} names ${path}, which is not there.`;
  }
}

function* problemsOfFile(path, rules) {
  const name = nameOf(path);
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    const at = `${name}:${index + 1}`;
    const foreign = foreignPapers.exec(line);
    if (foreign !== null)
      yield `${at}: ${foreign[0]} is not in this repository. Cite docs/security-rules.md, or say it here.`;
    for (const [, numbers] of line.matchAll(citation)) {
      for (const number of numbers.split(/\D+/)) {
        if (!rules.has(Number(number))) yield `${at}: ${rulesPage} has no rule ${number}.`;
      }
    }
  }
}

/** What is cited must be there: a sentence for each rule without a proof, and for each citation that leads nowhere. */
export function findBrokenCitations() {
  const rules = readRules(readFileSync(inRoot(...rulesPage.split('/')), 'utf8'));
  const ofRules = [...rules].flatMap(([number, section]) => [...problemsOfRule(number, section)]);
  const own = inRoot('deploy', 'toolchain', 'citations.mjs');
  const ofFiles = folders
    .flatMap(filesBelow)
    .filter((path) => path !== own)
    .flatMap((path) => [...problemsOfFile(path, rules)]);
  return [...ofRules, ...ofFiles];
}
