/** `unavailable`: the service that would have to be asked does not exist here, as some do not in the local runtime. */
export type Status = 'ok' | 'warning' | 'wrong' | 'unavailable';

/** What a check found: one line. */
export interface Finding {
  status: Status;
  /** What is so; for a fault, what is wrong. */
  says: string;
  /** How to repair it. */
  todo?: string;
}

export const ok = (says: string): Finding => ({ status: 'ok', says });
export const warning = (says: string, todo: string): Finding => ({ status: 'warning', says, todo });
export const wrong = (says: string, todo: string): Finding => ({ status: 'wrong', says, todo });

/** The faults, or when there are none a line that says so. */
export const orOk = (faults: readonly Finding[], says: string): readonly Finding[] => (faults.length > 0 ? faults : [ok(says)]);

/** `3 tables`, `1 table` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The first few of a list, and how many more there are. */
export const named = (names: readonly string[], most = 5): string => `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;

/** A plain deployment changes nothing that the template has not changed, so what was changed or deleted by hand needs this one. */
export const putBack = (stageName: string): string => `npx cdk deploy Segue-${stageName} -c stage=${stageName} --revert-drift`;
