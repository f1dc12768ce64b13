import type { JSX } from 'preact';
import type { CheckResult } from '../decision/decision.ts';
import { clipText } from './clip-text.ts';
import { Icon, type IconName } from './icon.tsx';
import { linkTarget } from './link-target.ts';
import { describeCheck, nameCheck, nameInWords, needOf } from './messages/check-names.ts';
import type { Phrasebook } from './messages/phrasebook.ts';
import { MomentText } from './moment.tsx';
import type { Scene } from './scene.ts';

const longestName = 80;
const icons: Readonly<Record<CheckResult['result'], IconName>> = {
  pass: 'check',
  fail: 'cross',
  unknown: 'question',
  stale: 'clock',
};
const urgency: Readonly<Record<CheckResult['result'], number>> = { fail: 0, stale: 1, unknown: 2, pass: 3 };

/** Checks with what the person can do something about first. */
export function sortChecks(checks: readonly CheckResult[]): readonly CheckResult[] {
  return [...checks].sort((one, other) => urgency[one.result] - urgency[other.result]);
}

/** Checks, each with its state in words, what was seen, by whom and when, and where to read how to mend it. */
export function CheckList({
  checks,
  scene,
}: {
  readonly checks: readonly CheckResult[];
  readonly scene: Scene;
}): JSX.Element {
  return (
    <ul class="checks">
      {checks.map((check) => (
        <CheckRow key={check.check} check={check} scene={scene} />
      ))}
    </ul>
  );
}

function CheckRow({ check, scene }: { readonly check: CheckResult; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const helpUrl = check.result === 'pass' ? undefined : linkTarget(check.helpUrl);
  const name = clipText(nameCheck(check.check, phrases.language), longestName);
  return (
    <li class={check.result}>
      <Icon name={icons[check.result]} />
      <div class="what">
        <p>
          <span class="name">{clipText(describeCheck(check.check, check.value, phrases.language), longestName)}</span>
          {'\u00a0· '}
          <span class="state">{phrases.say(`check.${check.result}`)}</span>
        </p>
        <Evidence check={check} scene={scene} />
        {helpUrl !== undefined && (
          <p>
            <a href={helpUrl}>{phrases.say('check.how_to_fix', { check: name })}</a>
          </p>
        )}
      </div>
    </li>
  );
}

function Evidence({ check, scene }: { readonly check: CheckResult; readonly scene: Scene }): JSX.Element | null {
  const { phrases } = scene;
  const seen =
    typeof check.value === 'string' || typeof check.value === 'number'
      ? phrases.weave('check.seen', { value: <bdi>{clipText(String(check.value), longestName)}</bdi> })
      : undefined;
  const need = needOf(check.check);
  // Plain text: what a check is called must not change how the page is built.
  const needed = need && phrases.say(`check.needs.${need.operator}`, { value: clipText(need.value, longestName) });
  const source = check.source === undefined ? undefined : saySource(check.source, phrases);
  const when = check.asOfMs === undefined ? undefined : <MomentText atMs={check.asOfMs} scene={scene} />;
  const parts = [seen, needed, source, when].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  return <p class="quiet">{parts.flatMap((part, index) => (index === 0 ? [part] : [', ', part]))}</p>;
}

function saySource(source: string, phrases: Phrasebook): JSX.Element | string {
  if (source === 'self') return phrases.say('check.source.self');
  if (source === 'admin') return phrases.say('check.source.admin');
  return (
    <span>
      {phrases.weave('check.source.other', { source: <bdi>{clipText(nameInWords(source), longestName)}</bdi> })}
    </span>
  );
}
