import type { KeyPath } from '../../problem.ts';
import type { Reporter } from '../../reporter.ts';
import { findStrangeCharacter, plainSpelling } from '../../source/strange-character.ts';
import type { RouteSettings } from './rule-keys.ts';

/**
 * Warns of texts that are valid and hardly meant: a star where nothing is expanded, and a character that looks like
 * another one or like none. Groups and claims are compared letter by letter, so such a rule fits nobody, without a sound.
 */
export function warnOfUnlikelyValues(route: RouteSettings, path: KeyPath, reporter: Reporter): void {
  const prefix = route.prefix ?? '/';
  if (/\/\*+$/.test(prefix)) {
    reporter.report([...path, 'prefix'], 'P119', `"${prefix}" is compared letter by letter: * stands for itself`, {
      help: `write prefix: ${prefix.replace(/\/\*+$/, '') || '/'}, which covers all that is below`,
    });
  }
  for (const effect of ['allow', 'deny'] as const) {
    for (const [index, rule] of route[effect].entries()) {
      const at = [...path, effect, index];
      for (const [position, group] of (rule.groups ?? []).entries())
        warnOfText(group, [...at, 'groups', position], 'group', reporter);
      for (const [name, wanted] of Object.entries(rule.claims ?? {})) {
        const values = Array.isArray(wanted) ? wanted : [wanted];
        for (const [position, value] of values.entries()) {
          if (typeof value !== 'string') continue;
          const below = Array.isArray(wanted) ? [position] : [];
          warnOfText(value, [...at, 'claims', name, ...below], 'claim', reporter);
        }
      }
    }
  }
}

function warnOfText(text: string, path: KeyPath, kind: 'group' | 'claim', reporter: Reporter): void {
  if (text === '*') {
    reporter.report(path, 'P119', `only a ${kind} that is called * fits here: * stands for itself`, {
      help: `for every ${kind} leave out the key; for everyone begin the id of the rule with "everyone"`,
    });
    return;
  }
  const strange = findStrangeCharacter(text);
  // Words of another alphabet are words: only where alphabets mix does a letter pass for another one.
  if (strange === undefined || (strange.kind === 'letter' && !/[A-Za-z0-9]/.test(text))) return;
  reporter.report(path, 'P119', `the ${kind} has ${strange.says}`, {
    help: `${kind}s are compared letter by letter; if it is not meant, type it again: ${plainSpelling(text)}`,
    within: { value: text, start: strange.start, end: strange.end },
  });
}
