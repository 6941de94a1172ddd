import type { Config } from '../../lambdas/schemas/config.ts';
import type { EmailData } from '../../lambdas/schemas/email.ts';

/** Files of an email to begin with, by name. It shows nothing but text. What begins with TODO is to be written; until then, the shop's check refuses it. */
export function emailFiles(sender: Config['sender'], campaign: string, step: string): Record<string, string> {
  return {
    'subject.liquid': `{{ brand.name }}: TODO subject of the ${step}\n`,
    'email.mjml': mjml,
    'text.liquid': text,
    'sample.json': `${JSON.stringify(sample(sender, campaign, step), null, 2)}\n`,
  };
}

function sample({ name, siteUrl, postalAddress }: Config['sender'], campaign: string, step: string): EmailData {
  const link = (path: string) => {
    const url = new URL(path, siteUrl);
    url.search = new URLSearchParams({ utm_source: 'segue', utm_medium: 'email', utm_campaign: campaign, utm_content: step }).toString();
    return url.href;
  };
  return {
    brand: { name, siteUrl, postalAddress },
    person: { firstName: 'Ines' },
    items: [],
    discount: { code: 'SAMPLE-7KQ4-20', percent: 20, expiresAtMs: Date.UTC(2026, 5, 29, 10) },
    locale: 'en-GB',
    timeZone: 'Europe/Berlin',
    links: { unsubscribe: `https://api.${new URL(siteUrl).host}/u/sample-token`, cart: link('/cart'), site: link('/') },
  };
}

const greeting = '{% if person.firstName %}Dear {{ person.firstName | clip: 40 }}, here{% else %}Here{% endif %} is what TODO you have to say.';
const reason = 'You receive this email because you are a customer of';

const mjml = `<mjml lang="en" dir="ltr">
  <mj-head>
    <mj-include path="../_shared/head.mjml" />
    <mj-preview>TODO what an inbox shows after the subject.</mj-preview>
  </mj-head>
  <mj-body>
    <mj-raw>{% assign because = 'you are a customer of' %}</mj-raw>
    <mj-include path="../_shared/header.mjml" />
    <mj-section css-class="card" background-color="{{ brand.colors.card }}" padding="36px 0 0">
      <mj-column>
        <mj-text padding="0 32px 12px">
          <h1 style="margin: 0; font-size: 28px; line-height: 1.25; font-weight: normal">TODO headline</h1>
        </mj-text>
        <mj-text padding="0 32px 20px">${greeting}</mj-text>
        <mj-include path="../_shared/discount.mjml" />
        <mj-button css-class="button" href="{{ links.site }}">To the shop</mj-button>
      </mj-column>
    </mj-section>
    <mj-include path="../_shared/footer.mjml" />
  </mj-body>
</mjml>
`;

const text = `TODO HEADLINE

${greeting}

{% if discount %}
{{ discount.percent }}% off with this code: {{ discount.code }}
Valid until {{ discount.expiresAtMs | moment }}
{% endif %}

To the shop: {{ links.site }}

--
${reason} {{ brand.name }}.
Unsubscribe, or choose what you get: {{ links.unsubscribe }}
{{ brand.postalAddress }}
`;
