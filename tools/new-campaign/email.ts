import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of an email to begin with, by name. It shows nothing but text, and passes every check. */
export function emailFiles(emailsDir: string, campaign: string, step: string): Record<string, string> {
  const sample = readFileSync(join(emailsDir, 'reward/sample.json'), 'utf8').replaceAll('utm_campaign=reward', `utm_campaign=${campaign}`).replaceAll('utm_content=thanks', `utm_content=${step}`);
  return {
    'subject.liquid': `{{ brand.name }}: ${step}\n`,
    'email.mjml': mjml,
    'text.liquid': text,
    'sample.json': sample,
  };
}

const greeting = '{% if person.firstName %}Dear {{ person.firstName | clip: 40 }}, here{% else %}Here{% endif %} is what you have to say.';
const reason = 'You receive this email because you are a customer of';

const mjml = `<mjml lang="en" dir="ltr">
  <mj-head>
    <mj-include path="../_shared/head.mjml" />
    <mj-preview>What an inbox shows after the subject.</mj-preview>
  </mj-head>
  <mj-body>
    <mj-raw>{% assign because = 'you are a customer of' %}</mj-raw>
    <mj-include path="../_shared/header.mjml" />
    <mj-section css-class="card" background-color="#fffdf8" padding="36px 0 0">
      <mj-column>
        <mj-text padding="0 32px 12px">
          <h1 style="margin: 0; font-size: 28px; line-height: 1.25; font-weight: normal">A headline</h1>
        </mj-text>
        <mj-text padding="0 32px 20px">${greeting}</mj-text>
        <mj-include path="../_shared/discount.mjml" />
        <mj-button css-class="button" href="{{ links.shop }}">To the shop</mj-button>
      </mj-column>
    </mj-section>
    <mj-include path="../_shared/footer.mjml" />
  </mj-body>
</mjml>
`;

const text = `A HEADLINE

${greeting}

{% if discount %}
{{ discount.percent }}% off with this code: {{ discount.code }}
Valid until {{ discount.expiresAtMs | moment }}
{% endif %}

To the shop: {{ links.shop }}

--
${reason} {{ brand.name }}.
Unsubscribe, or choose what you get: {{ links.unsubscribe }}
{{ brand.postalAddress }}
`;
