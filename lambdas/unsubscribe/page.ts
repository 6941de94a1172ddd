import { html, type Html } from '../domain/pages/html.ts';
import type { PageLook } from '../domain/pages/look.ts';
import { personPage } from '../domain/pages/person-page.ts';
import type { Config } from '../schemas/config.ts';
import { returnHours, type ReturnClaim } from '../domain/links/return-link.ts';
import { afterChange, gets, type Change, type Subscriptions } from './choice.ts';
import type { Asked } from './return.ts';
import type { Topic } from './topics.ts';

interface View {
  look: PageLook;
  standing: Subscriptions;
  /** The topic named in the link. */
  ofLink: string;
  /** Without consent nothing is sent, whatever is chosen here. */
  consents: boolean;
  /** The change that was just made. */
  change?: Change;
  /** What became of the wish to come back to something, and how the person would stand then. */
  asked?: { asked: Asked; after: Subscriptions };
  /** To which people write who cannot be mailed. */
  writeTo: string;
}

/** What the person gets, what they can leave or come back to, and what the page cannot do. */
export function preferencePage(view: View): string {
  const { look, standing, consents, change } = view;
  const { text, name: brand } = look;
  const choosable = standing.topics.filter(({ always }) => !always);
  const content = html`<h1>${text('whichEmails')}</h1>
${view.asked ? asking(view, view.asked) : change && confirmation(view, change)}
${change === undefined && standing.stopped && html`<div class="status"><p>${text('stoppedAll', { brand })}${standing.topics.length > 0 && html` ${text('comeBack')}`}</p></div>`}
${!consents && html`<div class="problem"><p>${text('noConsent', { brand })}</p></div>`}
${change === undefined && quickly(view)}
${choosable.length > 0 && choices(look, choosable, standing)}
${always(look, standing)}
${!standing.stopped && stop(look)}
<p class="note">${text('choicesCount')}</p>`;
  return personPage(look, text(change === undefined ? 'yourEmails' : 'done'), content);
}

function confirmation(view: View, { kind }: Change): Html {
  const { look, standing } = view;
  const { text, name: brand } = look;
  const topic = topicOf(view);
  const named = { topic: strong(topic.title) };
  const titles = gets(standing).map(({ title }) => title);
  const messages = {
    stopped: html`<p><strong>${text('done')}.</strong> ${text('stoppedNow', { brand })}</p>`,
    left: topic.always
      ? html`<p>${text('leftAlways', named)}</p>`
      : html`<p><strong>${text('done')}.</strong> ${text('leftNow', named)}</p>
${!standing.stopped && html`<form method="post"><button name="do" value="return">${text('wantAfterAll')}</button></form>`}`,
    returned: html`<p><strong>${text('done')}.</strong> ${text('returnedNow', named)}</p>`,
    saved: html`<p><strong>${text('saved')}.</strong> ${titles.length > 0 ? text('youGet', { topics: titles.join(', ') }) : text('youGetNone')}</p>`,
  };
  return html`<div class="status" role="status">${messages[kind]}</div>`;
}

/** Coming back waits for a confirmation. It does not say which address gets it: whoever reads this may have a forwarded link. */
function asking({ look: { text }, writeTo }: View, { asked, after }: NonNullable<View['asked']>): Html {
  const topics = gets(after).map(({ title }) => title).join(', ');
  const said = {
    sent: text('returnAsked', { topics, hours: returnHours }),
    before: text('returnAskedBefore'),
    impossible: text('returnImpossible', { address: strong(writeTo) }),
  };
  return html`<div class="${asked === 'sent' ? 'status' : 'problem'}" role="status"><p>${said[asked]}</p></div>`;
}

/** Behind the link of a confirmation. Mail scanners follow links, so the button does it. */
export function returnPage(look: PageLook, standing: Subscriptions, { topics }: Pick<ReturnClaim, 'topics'>): string {
  const { text, name: brand } = look;
  const titles = gets(afterChange(standing, { kind: 'saved', leaves: [], returnsTo: topics })).map(({ title }) => title);
  return personPage(look, text('returnTitle'), html`<h1>${text('returnTitle')}</h1>
<form method="post" class="card">
<p>${text('returnWhy', { brand, topics: titles.join(', ') })}</p>
<button class="main" name="do" value="confirm">${text('returnYes')}</button>
</form>`);
}

/** For the link of a confirmation that is too old, or of another address. */
export function overPage(look: PageLook): string {
  const { text } = look;
  return personPage(look, text('badLinkTitle'), html`<h1>${text('badLink')}</h1>
<p>${text('returnOver', { hours: returnHours })}</p>`);
}

/** The button that most people come for: leave this topic. */
function quickly(view: View): Html | false {
  const topic = topicOf(view);
  const { text } = view.look;
  if (topic.always || !gets(view.standing).includes(topic)) return false;
  return html`<form method="post" class="card">
<p>${text('cameFrom', { topic: strong(topic.title) })}</p>
<button class="main" name="do" value="leave">${text('stopTopic', { topic: topic.title })}</button>
</form>`;
}

function choices({ text, name: brand }: PageLook, topics: readonly Topic[], { stopped, left }: Subscriptions): Html {
  return html`<form method="post" class="card">
<fieldset>
<legend>${text('emailsFrom', { brand })}</legend>
${topics.map(
  ({ name, title, description }) => html`<div class="choice"><input type="hidden" name="shown" value="${name}">
<input type="checkbox" id="topic-${name}" name="topic" value="${name}"${!stopped && !left.has(name) && ' checked'}${description !== undefined && html` aria-describedby="about-${name}"`}>
<label for="topic-${name}">${title}</label>
${description !== undefined && html`<p id="about-${name}">${description}</p>`}</div>
`,
)}</fieldset>
<button name="do" value="save">${text('saveChoice')}</button>
</form>`;
}

function always({ text }: PageLook, { topics, stopped }: Subscriptions): Html | false {
  const titles = topics.filter((topic) => topic.always).map(({ title }) => title);
  if (titles.length === 0) return false;
  if (stopped) return html`<form method="post" class="card"><h2>${text('onlyOrdered')}</h2>
<p>${text('onlyThese', { topics: titles.join(', ') })}</p>
<button name="do" value="resume">${text('sendAgain')}</button></form>`;
  return html`<section><h2>${text('sentAlways')}</h2>
<p>${text('sentAlwaysWhy', { topics: titles.join(', ') })}</p></section>`;
}

function stop({ text, name: brand }: PageLook): Html {
  return html`<form method="post" class="card">
<h2>${text('noneAtAll')}</h2>
<p>${text('noneAtAllWhy', { brand })}</p>
<button name="do" value="stop">${text('stopAll')}</button>
</form>`;
}

const topicOf = ({ look, standing, ofLink }: View): Topic => standing.topics.find(({ name }) => name === ofLink) ?? { name: ofLink, title: look.text('everything').text, always: false };

const strong = (text: string): Html => html`<strong>${text}</strong>`;

/** For a link with a wrong or revoked signature: it says how to unsubscribe all the same. */
export function invalidPage(look: PageLook, sender: Pick<Config['sender'], 'address' | 'replyTo'>): string {
  const { text } = look;
  return personPage(
    look,
    text('badLinkTitle'),
    html`<h1>${text('badLink')}</h1>
<p>${text('badLinkWhy')}</p>
<p>${text('writeTo', { address: strong(sender.replyTo ?? sender.address) })}</p>`,
  );
}
