import type { ComponentChildren, JSX } from 'preact';
import { reasonCatalogue } from '../decision/reason.ts';
import { linkTarget } from './link-target.ts';
import { OwnerContact } from './owner-contact.tsx';
import type { Refusal } from './refusal-actions.tsx';
import { refusalGuides } from './refusal-guide.ts';
import type { Scene } from './scene.ts';
import { appElement } from './weave-reason.tsx';

/** What else a person can do: ask the owner, use another account. */
export function OtherWays(props: {
  readonly page: Refusal;
  readonly scene: Scene;
  /** Addresses that are offered as buttons already. */
  readonly offered: ReadonlySet<string>;
}): JSX.Element | null {
  const { page, scene, offered } = props;
  const { phrases } = scene;
  const ways: ComponentChildren[] = [];
  const { remedy, status } = reasonCatalogue[page.reason];
  const isAboutAccess =
    status === 403 && remedy === 'owner' && refusalGuides[page.reason].actions.includes('ask_access');
  if (page.app?.owner !== undefined) ways.push(owner(page, scene, page.app.owner, isAboutAccess));
  const switchUrl = linkTarget(page.switchAccountUrl);
  if (isAboutAccess && switchUrl !== undefined && !offered.has(switchUrl)) {
    ways.push(<a href={switchUrl}>{phrases.say('ways.switch')}</a>);
  }
  if (scene.help !== undefined) {
    const contact = <OwnerContact owner={scene.help} concern={page} scene={scene} />;
    ways.push(phrases.weave('ways.help', { contact }));
  }
  if (ways.length === 0) return null;
  return (
    <section class="split">
      {status === 403 && <h2>{phrases.say('ways.title')}</h2>}
      <ul class="plain">
        {ways.map((way, index) => (
          <li key={String(index)}>{way}</li>
        ))}
      </ul>
    </section>
  );
}

function owner(page: Refusal, scene: Scene, address: string, grantsAccess: boolean): ComponentChildren {
  const { phrases } = scene;
  const contact = <OwnerContact owner={address} concern={page} scene={scene} />;
  return grantsAccess
    ? phrases.weave('ways.ask_owner', { owner: contact })
    : phrases.weave('ways.owner', { owner: contact, app: appElement(phrases, page.app) });
}
