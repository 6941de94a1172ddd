import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmailData, EmailItem } from '../../lambdas/schemas/email.ts';

/** The emails of the example shop. */
export const emailsDir = join(import.meta.dirname, '../../examples/bookstore/emails');

/** Sample data of an email, fresh for every call. */
export function sampleOf(email: string): EmailData {
  return JSON.parse(readFileSync(join(emailsDir, email, 'sample.json'), 'utf8')) as EmailData;
}

export function bookOf(changes: Partial<EmailItem>): EmailItem {
  return { productId: 'emma', title: 'Emma', reviews: [], ...changes };
}

/** Text that a reader of the HTML sees: no tags, no styles, no comments, entities resolved, blanks collapsed. */
export function visibleText(html: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&amp;': '&', '&nbsp;': ' ' };
  return html
    .replace(/<!--[\s\S]*?-->|<style[\s\S]*?<\/style>|<title>[\s\S]*?<\/title>|<[^>]*>/g, ' ')
    .replace(/&(?:lt|gt|#34|#39|amp|nbsp);/g, (entity) => entities[entity] as string)
    .replace(/\s+/g, ' ');
}
