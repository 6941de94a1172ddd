import * as z from 'zod/mini';

/**
 * Checks a function's environment.
 * @throws Error naming every variable that is missing or wrong, so that a bad deploy fails at its first start.
 */
export function parseEnv<T>(stage: string, schema: z.ZodMiniType<T>, env: Record<string, string | undefined>): T {
  const result = z.safeParse(schema, env);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}=${JSON.stringify(env[String(issue.path[0])])} (${issue.message})`);
  throw new Error(`environment of ${stage}: ${wrong.join('; ')}`);
}
