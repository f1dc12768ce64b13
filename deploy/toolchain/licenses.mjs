import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** Licenses that a production dependency may have. Anything else is for a person to decide. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'PSF-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
]);

/** True when an SPDX expression can be met with allowed licenses alone: one side of OR, both sides of AND. */
export function isAllowedLicense(expression) {
  if (typeof expression !== 'string') return false;
  return expression
    .replace(/[()]/g, ' ')
    .split(/\s+OR\s+/)
    .some((option) =>
      option
        .trim()
        .split(/\s+AND\s+/)
        .every((name) => allowed.has(name.trim())),
    );
}

function statedLicense(manifest) {
  const stated = manifest.license ?? manifest.licenses?.[0];
  return typeof stated === 'object' ? stated?.type : stated;
}

/** Every production dependency whose license is not on the list, as one line each. */
export function findForbiddenLicenses() {
  const { packages } = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'));
  const production = Object.entries(packages).filter(
    ([path, entry]) => path !== '' && entry.dev !== true && entry.optional !== true && entry.devOptional !== true,
  );
  return production.flatMap(([path]) => {
    const manifest = JSON.parse(readFileSync(inRoot(...path.split('/'), 'package.json'), 'utf8'));
    const license = statedLicense(manifest);
    return isAllowedLicense(license) ? [] : [`${manifest.name} ${manifest.version}: ${license ?? 'states no license'}`];
  });
}
