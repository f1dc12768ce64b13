/**
 * Makes the search of the portal answer while somebody types. All apps are in the page already, and the form works without
 * it; it asks for nothing and keeps nothing.
 */
export const portalScript = `'use strict';
(() => {
  const field = document.getElementById('app-query');
  const count = document.getElementById('app-count');
  const none = document.getElementById('app-none');
  if (field === null || count === null || none === null) return;
  const fold = (text) => text.normalize('NFKD').replace(/\\p{M}/gu, '').toLowerCase();
  const groups = [...document.querySelectorAll('.group')].map((element) => ({
    element,
    tiles: [...element.querySelectorAll('.tile')].map((tile) => ({
      element: tile,
      text: fold([...tile.querySelectorAll('[data-find]'), ...element.querySelectorAll('h2[data-find]')]
        .map((part) => part.textContent).join(' ')),
    })),
  }));
  let telling;
  field.addEventListener('input', () => {
    const words = fold(field.value).split(/\\s+/);
    let found = 0;
    for (const { element, tiles } of groups) {
      let foundHere = 0;
      for (const tile of tiles) {
        tile.element.hidden = !words.every((word) => tile.text.includes(word));
        if (!tile.element.hidden) foundHere += 1;
      }
      element.hidden = foundHere === 0;
      found += foundHere;
    }
    none.hidden = found > 0;
    clearTimeout(telling);
    telling = setTimeout(() => {
      count.textContent = field.value.trim() === '' ? '' : count.dataset.text.replace('{found}', String(found));
    }, 300);
  });
})();
`;
