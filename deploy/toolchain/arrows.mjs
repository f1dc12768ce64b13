import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { inRoot } from './paths.mjs';

/** More would mean that somebody has to know more folders to change one. Lower it when some are gone. */
export const mostArrows = 135;

const imported = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** A folder of src/, or a file that stands beside them and counts as the folder of its name. */
function partOf(path) {
  return relative(inRoot('src'), path)
    .split(sep)[0]
    .replace(/\.tsx?$/, '');
}

/** The arrows between the parts of src/: who imports something of whom, types included, each pair once. */
export function listArrows() {
  const arrows = new Set();
  for (const name of readdirSync(inRoot('src'), { recursive: true })) {
    if (!/\.tsx?$/.test(name)) continue;
    const file = inRoot('src', name);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(imported)) {
      const [from, to] = [partOf(file), partOf(resolve(dirname(file), specifier))];
      if (from !== to) arrows.add(`${from} -> ${to}`);
    }
  }
  return [...arrows].sort();
}
