import { type Remedy, reasonCatalogue, reasonCodes } from '../../src/decision/reason.ts';
import { createPageRenderer } from '../../src/pages/create-page-renderer.tsx';

const whoCanFix: Readonly<Record<Remedy, string>> = {
  user: 'the person',
  owner: 'the app’s owner',
  admin: 'an administrator',
  wait: 'time',
  nobody: 'nobody has to, or the sender of the request',
};

/** The text of docs/reasons.md, made from the catalogue. */
export function renderReasonTable(): string {
  const renderer = createPageRenderer();
  const rows = reasonCodes.map((code) => {
    const { status, remedy } = reasonCatalogue[code];
    const { title, detail } = renderer.words(code, { acceptLanguage: 'en', app: undefined });
    return `| <a id="${code.replaceAll('_', '-')}"></a>\`${code}\` | ${status} | ${whoCanFix[remedy]} | **${title}.** ${detail} |`;
  });
  return `# Reasons

Every answer of Postern’s own carries one of these codes: on its page, in its problem body (\`code\`), in the audit trail
and as a metric’s label. The code is the contract; texts may change. This table is made from the catalogue:
\`UPDATE_DOCS=1\` with the test “the table of reasons” writes it anew.

| code | status | who can fix it | what a person is told |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
