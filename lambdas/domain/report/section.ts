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

/** Shown where a part has no data. @param brings what has to happen before there are some */
export const missing = (what: string, brings: string): Html => html`<p class="missing"><strong>${what}</strong> ${brings}</p>`;
