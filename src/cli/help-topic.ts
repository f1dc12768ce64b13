import { type ProblemCode, problemCatalogue } from '../config/problem.ts';
import { closest } from '../config/values/closest.ts';

const exitCodes = `Exit codes
  0  ok
  1  the check found something: errors in a configuration, a broken audit trail;
     or a second signal ended a drain
  2  wrong usage
  3  could not run: no such file, may not be read, a port is taken, an older Node
  4  run alone: its listeners took no connection for half a minute; start it again
`;

/** The text of `postern help TOPIC` for a problem code or a word; `undefined` when there is none. */
export function helpTopic(topic: string): string | undefined {
  const code = topic.toUpperCase();
  if (isProblemCode(code)) {
    const { title, advice } = problemCatalogue[code];
    return `${code}  ${title}\n\n${advice}\n\nAll codes: postern help codes\n`;
  }
  if (topic === 'codes') {
    return Object.entries(problemCatalogue)
      .map(([name, { title }]) => `${name}  ${title}\n`)
      .join('');
  }
  return topic === 'exit-codes' ? exitCodes : undefined;
}

/** What was probably meant by an unknown topic. */
export function closestTopic(topic: string, commands: readonly string[]): string | undefined {
  return closest(topic, [...commands, 'codes', 'exit-codes', ...Object.keys(problemCatalogue)], 2);
}

function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problemCatalogue, text);
}
