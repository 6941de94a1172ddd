import * as z from 'zod/mini';
import { emailData, type EmailData } from '../../lambdas/schemas/email.ts';
import { lackingPaths, without } from '../emails/checks.ts';
import type { EmailSource } from '../emails/compiler.ts';

const whole = 'sample';
const lacking = new Map(lackingPaths().map((path) => [`without-${path.replaceAll('[]', '')}`, path]));

/** The sample as it is, without each field that an email must bear to miss, and without products. */
export const sampleNames: readonly string[] = [whole, ...lacking.keys()];

/**
 * @param sample one of {@link sampleNames}
 * @throws BadSample when sample.json does not have what emails are filled from
 */
export function sampleData(source: EmailSource, sample: string): EmailData {
  const parsed = z.safeParse(emailData, source.sample);
  if (!parsed.success) throw new BadSample(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const path = lacking.get(sample);
  return path === undefined ? parsed.data : without(parsed.data, path);
}

export class BadSample extends Error {
  override name = 'BadSample';
}
