import { Option } from 'commander';
import { type AdminCommand, type AdminOptions, adminCommands, askOnce, requiredOption } from './admin-command.ts';
import { list, object, optional, text } from './answer-shape.ts';
import { countOf, renderFields } from './table.ts';

interface ForgiveOptions extends AdminOptions {
  readonly reason: string;
  readonly issuer?: string;
}

const person = object({ issuer: text, subject: text, email: optional(text), revoked_at: optional(text) });
const who = [['<who>', 'e-mail address or subject']] as const;

const showPerson: AdminCommand = {
  name: 'show',
  summary: 'show a person, and since when their sign-ins are revoked',
  arguments: who,
  exitCodes: '0 done, 3 nobody known, or no server answers.',
  example: 'postern people show ada@corp.example',
  act: askOnce({
    answer: object({ people: list(person) }),
    question: ({ argument }) => ({
      path: `/api/v1/people/${encodeURIComponent(argument)}`,
      notFound: 'Nobody who has signed in has this e-mail address or subject.',
    }),
    print({ people }, { context: { output } }) {
      for (const one of people) {
        output.stdout(renderFields(one));
        output.stdout(
          one.revoked_at === undefined
            ? 'Not revoked.\n'
            : 'Revoked: only a sign-in that was begun since then counts. The way back in: postern people forgive\n',
        );
      }
    },
  }),
};

const forgivePerson: AdminCommand<ForgiveOptions> = {
  name: 'forgive',
  summary: "lift a revocation: the provider's next sign-in counts, however old it is",
  arguments: who,
  options: [
    requiredOption('--reason <text>', 'why, for the audit trail'),
    new Option('--issuer <url>', 'for somebody who is not known any more: <who> is the subject at this issuer'),
  ],
  note: "Whoever still has the person's session at the provider can sign in again, a thief too: end it there first.",
  exitCodes: '0 forgiven, 3 nothing to forgive, or no server answers.',
  example: "postern people forgive ada@corp.example --reason 'laptop found, INC-812'",
  act: askOnce({
    answer: object({ forgiven: list(person) }),
    question: ({ argument, options: { reason, issuer } }) => ({
      method: 'POST',
      path: `/api/v1/people/${encodeURIComponent(argument)}/forgive`,
      body: { reason, ...(issuer === undefined ? {} : { issuer }) },
      notFound: 'No revocation of this person is kept, so there is nothing to forgive. See: postern people show WHO',
    }),
    print: ({ forgiven }, { context: { output } }) =>
      output.stdout(`forgave ${countOf(forgiven.length, 'person', 'people')}\n`),
  }),
};

/** `people show` and `people forgive`: whether a person's sign-ins are revoked, and the way back in. */
export const addPeopleCommands = adminCommands([showPerson, forgivePerson], {
  name: 'people',
  summary: 'show a person, and forgive after a revocation',
});
