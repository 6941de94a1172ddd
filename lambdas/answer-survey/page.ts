import { html } from '../domain/pages/html.ts';
import { personPage } from '../domain/pages/person-page.ts';
import { maxCommentLength } from '../domain/surveys/survey.ts';
import type { Draft, Survey } from './answer.ts';

/** The question, with the answer of the link chosen in advance. Nothing is recorded until it is sent. */
export function formPage(brand: string, { question, answers }: Survey, draft: Draft, problem?: string): string {
  return personPage(
    brand,
    problem === undefined ? question : 'Not sent yet',
    html`<h1 id="question">${question}</h1>
${problem !== undefined && html`<div class="problem" role="alert"><p>${problem}</p></div>`}
<form method="post" class="card">
<fieldset aria-describedby="question">
<legend>Your answer</legend>
${answers.map(
  ({ value, label }) => html`<div class="choice"><input type="radio" id="answer-${value}" name="answer" value="${value}" required${value === draft.answer && ' checked'}>
<label for="answer-${value}">${label}</label></div>
`,
)}</fieldset>
<label class="field" for="comment">Anything to add? (optional)</label>
<textarea id="comment" name="comment" rows="4" maxlength="${maxCommentLength}" aria-describedby="room">
${draft.comment}</textarea>
<p class="note" id="room">Up to ${maxCommentLength.toLocaleString('en')} characters.</p>
<button class="main">Send my answer</button>
</form>
<p class="note">${brand} keeps your answer together with what it knows of you. Until you send it, nothing is kept.</p>`,
  );
}

/** @param answer undefined when it was changed too often to be taken */
export function thanksPage(brand: string, answer: Survey['answers'][number] | undefined): string {
  if (answer === undefined) {
    return personPage(brand, 'Not changed', html`<h1>Your earlier answer stands.</h1>
<p>It was changed so often by this link that it cannot be changed again.</p>`);
  }
  return personPage(brand, 'Thank you', html`<h1>Thank you.</h1>
<div class="status" role="status"><p>Your answer: <strong>${answer.label}</strong></p></div>
<p class="note">If you change your mind, follow the link in the email again: the last answer counts.</p>`);
}

/** @param isOver the link is good, but its question is not asked any more */
export function invalidPage(brand: string, isOver: boolean): string {
  if (isOver) return personPage(brand, 'This survey is over', html`<h1>This survey is over.</h1>
<p>Thank you for wanting to answer.</p>`);
  return personPage(brand, 'This link does not work', html`<h1>This link does not work.</h1>
<p>It may have been cut short, or it is no longer valid. Please use the link in the email.</p>`);
}
