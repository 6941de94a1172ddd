import type { FeedProduct } from '../../lambdas/domain/feed/product.ts';

/** Counts links and pictures to hosts that emails may not lead to, as they would be left out. */
export class ForeignHosts {
  readonly #allowed: ReadonlySet<string>;
  readonly #counts = new Map<string, number>();

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  look({ details }: FeedProduct): void {
    const hosts = [details.url, details.image_url].flatMap((link) => (typeof link === 'string' ? [new URL(link).host] : []));
    for (const host of new Set(hosts)) if (!this.#allowed.has(host)) this.#counts.set(host, (this.#counts.get(host) ?? 0) + 1);
  }

  /** One line for each host. */
  warnings(): string[] {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([host, count]) => `warning: ${count} products have links or pictures on ${host}, which emails leave out until sender.linkHosts in segue.config.ts names it`);
  }
}
