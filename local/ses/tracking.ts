export interface TrackedHtml {
  html: string;
  /** Targets of the links that were rewritten; a link's place in the list stands in its tracking address. */
  links: string[];
}

export interface TrackingAddresses {
  open: string;
  click(index: number): string;
}

/**
 * Rewrites an email's HTML as SES does when its configuration set publishes opens and clicks: web links lead through the tracker,
 * and an invisible picture ends the page. Links with `ses:no-track` keep their address and lose that attribute.
 */
export function trackHtml(html: string, { open, click }: TrackingAddresses): TrackedHtml {
  const links: string[] = [];
  const rewritten = html.replace(/<a\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi, (tag) => {
    const noTrack = /\sses:no-track(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?/i;
    if (noTrack.test(tag)) return tag.replace(noTrack, '');
    return tag.replace(/(\shref\s*=\s*)(?:"([^"]*)"|'([^']*)')/i, (all, before: string, double?: string, single?: string) => {
      const target = decodeEntities(double ?? single ?? '').trim();
      if (!/^https?:\/\//i.test(target)) return all;
      links.push(target);
      return `${before}"${click(links.length - 1)}"`;
    });
  });
  const pixel = `<img alt="" src="${open}" width="1" height="1" style="width: 1px; height: 1px; border: 0">`;
  const end = rewritten.toLowerCase().lastIndexOf('</body>');
  return { html: end < 0 ? rewritten + pixel : rewritten.slice(0, end) + pixel + rewritten.slice(end), links };
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_all, hex?: string, decimal?: string, name?: string) =>
    name ? named[name.toLowerCase()]! : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );
}
