/** What a device says of itself, by the names that postures use. What cannot be read is not there: never guessed. */
export type OwnFacts = Readonly<Record<string, string | number | boolean>>;

/** Facts of which some may not be readable. */
export type MaybeFacts = Readonly<Record<string, string | number | boolean | undefined>>;
