import type { ProfilePages } from '../../lambdas/adapters/profiles/pages.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';

/** A table in parts and pages. Reading a page may be the last thing that happens. */
export class Pages implements ProfilePages {
  profiles: Profile[];
  reads = 0;
  beforeRead: () => void = () => {};

  constructor(profiles: Profile[]) {
    this.profiles = profiles;
  }

  async read({ part, of }: { part: number; of: number }, cursor: Record<string, unknown> | undefined) {
    this.beforeRead();
    this.reads += 1;
    const mine = this.profiles.filter((_, index) => index % of === part);
    const from = Number(cursor?.from ?? 0);
    const until = from + 10;
    return { profiles: mine.slice(from, until), ...(until < mine.length && { next: { from: until } }) };
  }
}
