/** An error whose message says all that a person needs: shown without a stack trace. */
export function explainedFailure(message) {
  return Object.assign(new Error(message), { isExplained: true });
}
