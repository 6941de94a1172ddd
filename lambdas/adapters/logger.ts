/** Facts for the operator: counts, names and ids of runs; never addresses, names or content. */
export type LogFields = Record<string, string | number | boolean | undefined>;

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** One JSON object a line, as CloudWatch Logs Insights reads it. */
export function createLogger(stage: string, write: (line: string) => void = console.log): Logger {
  const at = (level: string) => (message: string, fields: LogFields = {}) => write(JSON.stringify({ level, stage, message, ...fields }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
