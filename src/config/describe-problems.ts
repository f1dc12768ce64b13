import { type ProblemCode, problemCatalogue } from './problem.ts';

const families: readonly {
  readonly title: string;
  readonly says: string;
  readonly from: number;
  readonly to: number;
}[] = [
  { title: 'Errors', says: 'The configuration is not loaded.', from: 1, to: 99 },
  { title: 'Warnings', says: 'The configuration is loaded; look at the place all the same.', from: 100, to: 299 },
  { title: 'Findings of postern doctor', says: 'The file is right, its surroundings are not.', from: 300, to: 399 },
];

/** The page docs/problems.md, byte for byte. */
export function describeProblems(): string {
  const sections = families.flatMap(({ title, says, from, to }) => {
    const rows = (Object.keys(problemCatalogue) as ProblemCode[])
      .filter((code) => numberOf(code) >= from && numberOf(code) <= to)
      .toSorted((one, other) => numberOf(one) - numberOf(other))
      .map((code) => `| ${code} | ${problemCatalogue[code].title} | ${cell(problemCatalogue[code].advice)} |`);
    return rows.length === 0
      ? []
      : [`## ${title}\n\n${says}\n\n| code | what | what to do |\n| --- | --- | --- |\n${rows.join('\n')}\n`];
  });
  return `# Problem codes

Every message about a configuration has a code that never changes its meaning. \`postern help P024\` prints one of them,
\`postern help codes\` lists them.

<!-- This page is generated: postern help codes --format markdown -->

${sections.join('\n')}`;
}

function numberOf(code: ProblemCode): number {
  return Number(code.slice(1));
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
