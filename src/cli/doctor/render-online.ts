import type { Finding } from './finding.ts';

/** A line of `validate --online`. */
export function renderOnline(finding: Finding): string {
  return finding.result === 'fail'
    ? `FAIL ${finding.text}; ${finding.hint}  [${finding.code}]`
    : `?    ${finding.text}`;
}

/** The same as a workflow command of GitHub, for the file as a whole. */
export function renderOnlineForGithub(file: string, finding: Finding): string {
  const place = `file=${escape(file).replaceAll(':', '%3A').replaceAll(',', '%2C')}`;
  return finding.result === 'fail'
    ? `::error ${place},title=${finding.code}::${escape(`${finding.text} (${finding.hint})`)}`
    : `::notice ${place}::${escape(finding.text)}`;
}

function escape(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
