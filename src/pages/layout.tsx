import type { ComponentChildren, JSX } from 'preact';
import { accentStyle } from './accent-style.ts';
import { clipText } from './clip-text.ts';
import { Icon } from './icon.tsx';
import { linkTarget, mailTarget } from './link-target.ts';
import { logoUrl, portalPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { stylesheet } from './stylesheet.ts';

interface ShellProps {
  readonly scene: Scene;
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A document with its head: language, colours, inlined style; nothing to fetch, but for the script of registered browsers in two pages. */
function Document({ scene, title, children }: ShellProps): JSX.Element {
  const { branding } = scene.context;
  const ownStyle = accentStyle(branding);
  return (
    <html lang={scene.phrases.language} dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${scene.productName}`}</title>
        <link rel="icon" href={branding?.logo === undefined ? tabIcon : logoUrl(branding.logo)} />
        <style>{stylesheet}</style>
        {ownStyle !== undefined && <style>{ownStyle}</style>}
      </head>
      {children}
    </html>
  );
}

/** Says nothing which the name beside it does not say. */
function BrandPicture({ scene }: { readonly scene: Scene }): JSX.Element {
  const logo = scene.context.branding?.logo;
  return logo === undefined ? <Icon name="gate" /> : <img class="logo" src={logoUrl(logo)} alt="" />;
}

/** Where people find help, in the same place on every page (WCAG 3.2.6). */
function HelpLine(props: { readonly scene: Scene; readonly isFramed?: boolean }): JSX.Element | null {
  const { help, phrases, context } = props.scene;
  if (help === undefined) return null;
  const subject = phrases.say('help.mail_subject', { id: context.decisionId });
  const target = mailTarget(help, subject) ?? (help.startsWith('/') ? undefined : linkTarget(help));
  const name = <bdi>{clipText(help)}</bdi>;
  // Out of a frame, whose page is not ours.
  const way = props.isFramed === true ? { target: '_top', rel: 'noopener' } : {};
  const contact =
    target === undefined ? (
      name
    ) : (
      <a href={target} {...way}>
        {name}
      </a>
    );
  return <p>{phrases.weave('footer.help', { contact })}</p>;
}

function DevelopmentNotice({ scene }: { readonly scene: Scene }): JSX.Element | null {
  if (!scene.context.isDevelopment) return null;
  return (
    <aside class="development" aria-label={scene.phrases.say('development.label')}>
      {scene.phrases.say('development.notice')}
    </aside>
  );
}

/** Who is signed in, by e-mail or else by name. */
export function personName(scene: Scene): string | undefined {
  const name = scene.context.person?.email ?? scene.context.person?.name;
  return name === undefined ? undefined : clipText(name);
}

interface LayoutProps extends ShellProps {
  readonly switchAccountUrl?: string | undefined;
  /** What stands beside the person in the header: a sign-out button. */
  readonly account?: ComponentChildren;
  /** The portal needs no link to itself; a signed-out person has no apps. */
  readonly linksToPortal?: boolean;
  readonly width?: 'narrow' | 'wide';
}

/** A full page: header with the person, the content, and a footer that is the same everywhere. */
export function Layout(props: LayoutProps): JSX.Element {
  const { scene, title, children, account, width = 'narrow', linksToPortal = true } = props;
  const { phrases, context } = scene;
  const person = personName(scene);
  const switchUrl = linkTarget(props.switchAccountUrl);
  const portalUrl = linkTarget(`${context.authOrigin}${portalPath}`);
  return (
    <Document scene={scene} title={title}>
      <body class={width}>
        <DevelopmentNotice scene={scene} />
        <header>
          <p class="brand">
            <BrandPicture scene={scene} /> <bdi>{scene.productName}</bdi>
          </p>
          <div class="account">
            {person !== undefined && <p>{phrases.weave('account.signed_in_as', { person: <bdi>{person}</bdi> })}</p>}
            {person !== undefined && switchUrl !== undefined && <a href={switchUrl}>{phrases.say('account.switch')}</a>}
            {account}
          </div>
        </header>
        <main>{children}</main>
        <footer>
          {linksToPortal && portalUrl !== undefined && <a href={portalUrl}>{phrases.say('nav.apps')}</a>}
          <HelpLine scene={scene} />
          <p>
            {phrases.weave('footer.decision', {
              id: (
                <bdi>
                  <code>{context.decisionId}</code>
                </bdi>
              ),
            })}
          </p>
        </footer>
      </body>
    </Document>
  );
}

/** A small page for a frame: no person, no form, nothing that a page around it could make somebody press by mistake. */
export function FramedLayout({ scene, title, children }: ShellProps): JSX.Element {
  return (
    <Document scene={scene} title={title}>
      <body class="framed">
        <DevelopmentNotice scene={scene} />
        <main>{children}</main>
        <footer>
          <HelpLine scene={scene} isFramed />
          <p>
            {scene.phrases.weave('footer.decision', {
              id: (
                <bdi>
                  <code>{scene.context.decisionId}</code>
                </bdi>
              ),
            })}
          </p>
        </footer>
      </body>
    </Document>
  );
}

const drawing =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><rect width='24' height='24' rx='5' fill='#0550ae'/>" +
  "<path d='M7 19v-7a5 5 0 0 1 10 0v7M5 19h14M12 7v12M7 13h10' fill='none' stroke='#fff' stroke-width='1.6'/></svg>";

/** The picture in the browser's tab, inside the page: nothing is fetched. */
const tabIcon = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
