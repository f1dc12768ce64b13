import * as z from 'zod';
import { colour, contact, filePath, line, zone } from './text-values.ts';

/** What makes the pages those of a company. */
export const brandingSchema = z.strictObject({
  name: line(60, 'Corp').optional().describe('Who greets on every page. Default: Postern.'),
  logo: filePath('branding/logo.svg')
    .optional()
    .describe(
      'The picture beside the name: a file in SVG, PNG or WebP, at most 64 KiB. Everyone who reaches Postern can see it. Default: a gate.',
    ),
  help: contact
    .optional()
    .describe('Where people find help, on every page: a link, or an e-mail address. Default: none is named.'),
  accent: colour
    .optional()
    .describe(
      'The colour of links and buttons, in quotes. Each theme, light and dark, makes it darker or lighter until it can be read (WCAG 2.2 AA). Default: "#0550ae".',
    ),
  time_zone: zone
    .optional()
    .describe(
      'The time zone of all times on pages, which say it, by its name in the IANA database. Default: that of the server.',
    ),
});
