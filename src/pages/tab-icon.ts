const drawing =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><rect width='24' height='24' rx='5' fill='#0550ae'/>" +
  "<path d='M7 19v-7a5 5 0 0 1 10 0v7M5 19h14M12 7v12M7 13h10' fill='none' stroke='#fff' stroke-width='1.6'/></svg>";

/** The picture in the browser's tab, inside the page: nothing is fetched. */
export const tabIcon = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
