import { html, type Html } from '../pages/html.ts';

export type Cell = string | Html;

export interface Table {
  caption: string;
  head: readonly string[];
  /** The first cell of a row is its head. */
  rows: readonly (readonly Cell[])[];
  /** Places of columns that hold words; the others, except the first, hold numbers. */
  words?: readonly number[];
}

/** A table that scrolls by itself where the screen is too narrow for it. */
export function table({ caption, head, rows, words = [] }: Table): Html {
  const kind = (place: number) => (place === 0 || words.includes(place) ? html` class="words"` : undefined);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((text, place) => html`<th scope="col"${kind(place)}>${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => (place === 0 ? html`<th scope="row" class="words">${cell}</th>` : html`<td${kind(place)}>${cell}</td>`))}</tr>`)}</tbody>
</table></div>`;
}

/** A table behind its caption; on paper it is open. */
export const details = (numbers: Table): Html => html`<details><summary>Table: ${numbers.caption}</summary>${table(numbers)}</details>`;
