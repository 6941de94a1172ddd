import { html, type Html } from '../domain/pages/html.ts';
import { personPage } from '../domain/pages/person-page.ts';
import type { Config } from '../schemas/config.ts';
import { gets, type Change, type Subscriptions } from './choice.ts';
import type { Topic } from './topics.ts';

interface View {
  sender: Pick<Config['sender'], 'name'>;
  standing: Subscriptions;
  /** Topic of the link. */
  ofLink: string;
  /** Without consent nothing is sent, whatever is chosen here. */
  consents: boolean;
  /** What was just done. */
  change?: Change;
}

/** What the person gets, what they can leave or come back to, and what the page cannot do. */
export function preferencePage(view: View): string {
  const { sender, standing, consents, change } = view;
  const choosable = standing.topics.filter(({ always }) => !always);
  const content = html`<h1>Which emails do you want?</h1>
${change && confirmation(view, change)}
${change === undefined && standing.stopped && html`<div class="status"><p>You have stopped all emails from ${sender.name}.${standing.topics.length > 0 && ' You can come back to some of them below.'}</p></div>`}
${!consents && html`<div class="problem"><p>You have not agreed to emails from ${sender.name}, so none of these is sent, whatever you choose here.</p></div>`}
${change === undefined && quickly(view)}
${choosable.length > 0 && choices(sender.name, choosable, standing)}
${always(standing)}
${!standing.stopped && stop(sender.name)}
<p class="note">Choices count from the next email on. One that is on its way at this very moment may still arrive: it cannot be called back.</p>`;
  return personPage(sender.name, change === undefined ? 'Your emails' : 'Done', content);
}

function confirmation(view: View, { kind }: Change): Html {
  const { sender, standing } = view;
  const topic = topicOf(view);
  const titles = gets(standing).map(({ title }) => title);
  const messages = {
    stopped: html`<p><strong>Done.</strong> ${sender.name} will not email you any more.</p>`,
    left: topic.always
      ? html`<p><strong>${topic.title}</strong> come with what you order or ask for. Only stopping all emails ends them.</p>`
      : html`<p><strong>Done.</strong> You will get no more emails about <strong>${topic.title}</strong>.</p>
${!standing.stopped && html`<form method="post"><button name="do" value="return">I want them after all</button></form>`}`,
    returned: html`<p><strong>Done.</strong> You will get emails about <strong>${topic.title}</strong> again.</p>`,
    saved: html`<p><strong>Saved.</strong> ${titles.length > 0 ? html`You get: ${titles.join(', ')}.` : 'You get none of these emails.'}</p>`,
  };
  return html`<div class="status" role="status">${messages[kind]}</div>`;
}

/** The one thing that most people come for. */
function quickly(view: View): Html | false {
  const topic = topicOf(view);
  if (topic.always || !gets(view.standing).includes(topic)) return false;
  return html`<form method="post" class="card">
<p>You came from an email about <strong>${topic.title}</strong>.</p>
<button class="main" name="do" value="leave">Stop emails about ${topic.title}</button>
</form>`;
}

function choices(brand: string, topics: readonly Topic[], { stopped, left }: Subscriptions): Html {
  return html`<form method="post" class="card">
<fieldset>
<legend>Emails from ${brand}</legend>
${topics.map(
  ({ name, title, description }) => html`<div class="choice"><input type="hidden" name="shown" value="${name}">
<input type="checkbox" id="topic-${name}" name="topic" value="${name}"${!stopped && !left.has(name) && ' checked'}${description !== undefined && html` aria-describedby="about-${name}"`}>
<label for="topic-${name}">${title}</label>
${description !== undefined && html`<p id="about-${name}">${description}</p>`}</div>
`,
)}</fieldset>
<button name="do" value="save">Save my choice</button>
</form>`;
}

function always({ topics, stopped }: Subscriptions): Html | false {
  const titles = topics.filter((topic) => topic.always).map(({ title }) => title);
  if (titles.length === 0) return false;
  if (stopped) return html`<form method="post" class="card"><h2>Only what you order or ask for</h2>
<p>${titles.join(', ')}, and nothing else.</p>
<button name="do" value="resume">Send me these again</button></form>`;
  return html`<section><h2>Sent in any case</h2>
<p>${titles.join(', ')}. They come with what you order or ask for, until you stop all emails.</p></section>`;
}

function stop(brand: string): Html {
  return html`<form method="post" class="card">
<h2>No emails at all</h2>
<p>${brand} will not email you about anything any more.</p>
<button name="do" value="stop">Stop all emails</button>
</form>`;
}

const topicOf = ({ standing, ofLink }: View): Topic => standing.topics.find(({ name }) => name === ofLink) ?? { name: ofLink, title: 'everything', always: false };

/** For a link that nobody signed, or that was revoked: the person must get off the list all the same. */
export function invalidPage(sender: Pick<Config['sender'], 'name' | 'address' | 'replyTo'>): string {
  const address = sender.replyTo ?? sender.address;
  return personPage(
    sender.name,
    'This link does not work',
    html`<h1>This link does not work.</h1>
<p>It may have been cut short, or it is no longer valid. Please use the link in the most recent email.</p>
<p>If that does not work either, answer the email or write to <strong>${address}</strong> to be taken off the list.</p>`,
  );
}
