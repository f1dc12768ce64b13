import { escapeData, escapeProperty } from '../../config/render-problems.ts';
import type { Finding } from './finding.ts';

/** A line of `validate --online`. */
export function renderOnline(finding: Finding): string {
  return finding.result === 'fail'
    ? `FAIL ${finding.text}; ${finding.hint}  [${finding.code}]`
    : `?    ${finding.text}`;
}

/** The same as a workflow command of GitHub, for the file as a whole. */
export function renderOnlineForGithub(file: string, finding: Finding): string {
  const place = `file=${escapeProperty(file)}`;
  return finding.result === 'fail'
    ? `::error ${place},title=${finding.code}::${escapeData(`${finding.text} (${finding.hint})`)}`
    : `::notice ${place}::${escapeData(finding.text)}`;
}
