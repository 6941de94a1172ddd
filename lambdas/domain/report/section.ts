import { html, type Html } from '../pages/html.ts';

export interface Section {
  /** Where the table of contents leads. */
  id: string;
  title: string;
  content: Html | undefined | (Html | undefined)[];
}

export const section = ({ id, title, content }: Section): Html => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;

/** In place of a part that has no data. @param brings what would have to happen for it to have some */
export const missing = (what: string, brings: string): Html => html`<p class="missing"><strong>${what}</strong> ${brings}</p>`;
