// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII as such.
const ascii = /^[\x00-\x7f]*$/;

/**
 * The form in which addresses and domains are compared: lower case, for ASCII alone. Others stay as they are, because
 * lower case folds foreign letters onto ASCII ones (the Kelvin sign becomes `k`), and then one address passes for another.
 */
export function canonicalEmail(address: string): string {
  return ascii.test(address) ? address.toLowerCase() : address;
}
